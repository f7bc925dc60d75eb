/** Starts the console: reads its configuration, signs in, and shows the view of the URL. */

import { render } from "preact";
import { Console } from "./shell/console";

const root = document.getElementById("app");
if (root) render(<Console />, root);

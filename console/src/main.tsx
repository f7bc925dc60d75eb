import { render } from "preact";

function App() {
  return <h1>Personal data export</h1>;
}

const root = document.getElementById("app");
if (root) {
  render(<App />, root);
}

/** Requests the export of one person's data. */

import { NewPage } from "./new-page";
import { PersonForm } from "./person-form";

export function NewView() {
  return (
    <NewPage>
      <PersonForm />
    </NewPage>
  );
}

/** Requests exports of many people's data, from CSV. */

import { ManyForm } from "./many-form";
import { NewPage } from "./new-page";

export function NewManyView() {
  return (
    <NewPage isMany={true}>
      <ManyForm />
    </NewPage>
  );
}

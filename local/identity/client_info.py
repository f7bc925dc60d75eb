"""JSON in base64url, as Entra ID puts it into answers beside its tokens."""

import base64
import json

from local.identity.made_up_people import Person
from local.identity.token_claims import TENANT_ID


def client_info(person: Person) -> str:
    """By what clients know the account: object id and tenant."""
    content = json.dumps({"uid": person.id, "utid": TENANT_ID})
    return base64.urlsafe_b64encode(content.encode()).rstrip(b"=").decode()

"""The national clouds, as Microsoft documents them."""

import pytest

from shared.exports.states_and_codes import SubjectType
from shared.national_clouds import CLOUDS


def test_the_global_cloud_has_both_exports() -> None:
    cloud = CLOUDS["Global"]
    assert cloud.submit_versions == {SubjectType.USER: "v1.0", SubjectType.INBOUND_SHARED_USER_PROFILE: "beta"}
    assert cloud.operations_version == "v1.0"
    assert cloud.graph_scope == "https://graph.microsoft.com/.default"


@pytest.mark.parametrize("name", ["USGov", "USGovDoD", "China"])
def test_the_others_have_the_export_of_users_in_beta_alone(name: str) -> None:
    cloud = CLOUDS[name]
    assert cloud.submit_versions == {SubjectType.USER: "beta"}
    assert cloud.operations_version == "beta"


def test_people_sign_in_at_the_host_that_gives_them_tokens() -> None:
    """The console's policy names this host, so the request for tokens must not go to another name of the service."""
    assert {name: cloud.sign_in_host for name, cloud in CLOUDS.items()} == {
        "Global": "login.microsoftonline.com",
        "USGov": "login.microsoftonline.us",
        "USGovDoD": "login.microsoftonline.us",
        "China": "login.partner.microsoftonline.cn",
    }


def test_no_two_clouds_share_a_graph() -> None:
    assert len({cloud.graph_root for cloud in CLOUDS.values()}) == len(CLOUDS)
    assert all(cloud.name == name for name, cloud in CLOUDS.items())


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("Global", "https://management.azure.com"),
        ("USGov", "https://management.usgovcloudapi.net"),
        ("USGovDoD", "https://management.usgovcloudapi.net"),
        ("China", "https://management.chinacloudapi.cn"),
    ],
)
def test_each_has_its_azure_resource_manager(name: str, root: str) -> None:
    assert CLOUDS[name].resource_manager_root == root
    assert CLOUDS[name].resource_manager_scope == f"{root}/.default"

"""The chart, rendered by helm: what Kubernetes would be given, and whether the program takes it."""
import re

import kubernetes_validate
import pytest
import yaml

from conftest import ROOT, TOOLS, run

CHART = ROOT / "deploy" / "helm" / "assay"
VARIANTS = {"default": [], "autoscaling": ["--set", "autoscaling.enabled=true"],
            "tagged": ["--set", "image.tag=1.2.3,worker.units=7,existingSecret=other"]}
KUBERNETES = "1.31"
pytestmark = pytest.mark.slow  # building helm takes longer than all of its tests


def render(*arguments):
    text = run(TOOLS / "helm", "template", "fleet", CHART, *arguments).stdout
    return [document for document in yaml.safe_load_all(text) if document]


@pytest.fixture(params=VARIANTS)
def documents(request):
    return render(*VARIANTS[request.param])


def of_kind(documents, kind):
    return {document["metadata"]["name"]: document for document in documents if document["kind"] == kind}


def pods(documents):
    return {name: deployment["spec"]["template"]["spec"] for name, deployment in of_kind(documents, "Deployment").items()}


def test_helm_finds_no_fault():
    for arguments in VARIANTS.values():
        run(TOOLS / "helm", "lint", "--strict", CHART, *arguments)


def test_everything_fits_the_schemas_of_kubernetes(documents):
    of_kubernetes = [document for document in documents if "keda.sh" not in document["apiVersion"]]
    assert {document["kind"] for document in of_kubernetes} == {"Deployment", "Service"}
    for document in of_kubernetes:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_a_misspelt_field_would_be_found(documents):
    (service,) = of_kind(documents, "Service").values()
    service["spec"]["selektor"] = service["spec"].pop("selector")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, KUBERNETES, strict=True)


def test_the_program_takes_what_containers_are_given(documents, helps):
    for pod in pods(documents).values():
        (container,) = pod["containers"]
        command, *arguments = map(str, container["args"])
        for option in (word.split("=")[0] for word in arguments if word.startswith("--")):
            assert re.search(rf"^ +{option}\b", helps[command], re.M), (command, option)
        for variable in container["env"]:
            assert f"({variable['name']})" in helps[command], variable


def test_probes_and_scrapes_reach_the_port(documents):
    for deployment in of_kind(documents, "Deployment").values():
        template = deployment["spec"]["template"]
        (container,) = template["spec"]["containers"]
        (port,) = container["ports"]
        assert template["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
        assert any(str(word).endswith(f":{port['containerPort']}") for word in container["args"])
        assert container["livenessProbe"]["httpGet"]["port"] == container["readinessProbe"]["httpGet"]["port"] == port["name"]


def test_who_reads_the_key_is_who_copied_it_and_no_more(documents, image):
    """assay refuses a key file that others can read, and cannot read one of another user."""
    (user,) = re.findall(r"^USER (\d+)$", image, re.M)
    assert f"--uid {user} " in image
    for pod in pods(documents).values():
        assert pod["securityContext"]["runAsUser"] == int(user) and pod["securityContext"]["runAsNonRoot"]
        for container in pod["initContainers"] + pod["containers"]:
            assert "runAsUser" not in container["securityContext"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert not container["securityContext"]["allowPrivilegeEscalation"]


def test_selectors_choose_the_pods(documents):
    deployments = of_kind(documents, "Deployment")
    for deployment in deployments.values():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
    (service,) = of_kind(documents, "Service").values()
    chosen = [name for name, deployment in deployments.items()
              if service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()]
    assert chosen == ["fleet-serve"]


def test_keda_scales_the_workers_alone():
    documents = render(*VARIANTS["autoscaling"])
    (scaled,) = of_kind(documents, "ScaledObject").values()
    target = of_kind(documents, "Deployment")[scaled["spec"]["scaleTargetRef"]["name"]]
    assert target["metadata"]["name"] == "fleet-worker"
    assert "replicas" not in target["spec"], "helm would undo what KEDA scaled"
    assert scaled["spec"]["minReplicaCount"] <= scaled["spec"]["maxReplicaCount"]
    assert "assay_queue_units" in scaled["spec"]["triggers"][0]["metadata"]["query"]

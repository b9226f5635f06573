"""The chart, rendered by helm: what Kubernetes would be given, and whether the program takes it."""
import re

import kubernetes_validate
import pytest
import yaml

from conftest import ROOT, TOOLS, run

CHART = ROOT / "deploy" / "helm" / "assay"
CERTIFICATES = """
extraVolumes:
  - name: certificates
    secret: {secretName: assay-certificates, defaultMode: 0440}
extraVolumeMounts:
  - {name: certificates, mountPath: /etc/assay, readOnly: true}
extraEnv:
  - {name: ASSAY_QUEUE_TLS_CA, value: /etc/assay/ca.pem}
  - {name: ASSAY_QUEUE_TLS_CERTIFICATE, value: /etc/assay/client.pem}
  - {name: ASSAY_QUEUE_TLS_KEY, value: /etc/assay/client.key}
extraEnvFrom:
  - secretRef: {name: proxies}
"""
ROLE = """
serviceAccount:
  annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/assay"}
"""
PLACED = """
imagePullSecrets: [{name: registry}]
podSecurityContext: {seccompProfile: {type: RuntimeDefault}}
service: {type: LoadBalancer, port: 443, annotations: {example.com/internal: "true"}}
serve:
  podAnnotations: {example.com/a: b}
  strategy: {type: Recreate}
worker:
  podLabels: {team: data}
  podAnnotations: {prometheus.io/scrape: "false"}
  nodeSelector: {kubernetes.io/arch: amd64}
  tolerations: [{key: spot, operator: Exists, effect: NoSchedule}]
  affinity:
    nodeAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 1
          preference: {matchExpressions: [{key: spot, operator: Exists}]}
  topologySpreadConstraints:
    - {maxSkew: 2, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}
  priorityClassName: low
  podDisruptionBudget: {maxUnavailable: 25%}
  drainSeconds: 300
"""
# Of each, the arguments of helm, or the text of a file of values.
VARIANTS = {"default": [], "autoscaling": ["--set", "autoscaling.enabled=true"],
            "tagged": ["--set", "image.tag=1.2.3,worker.units=7,existingSecret=other"],
            "certificates": CERTIFICATES, "role": ROLE, "placed": PLACED,
            "tls": ["--set", "serve.tls.enabled=true"],
            "tls-secret": ["--set", "serve.tls.enabled=true,serve.tls.secretName=serve-tls"],
            "worker-tls": ["--set", "worker.tls.enabled=true,worker.tls.secretName=worker-tls"],
            "no-account": ["--set", "serviceAccount.create=false,serviceAccount.name=mine"],
            "stopped": ["--set", "stopped=true,autoscaling.enabled=true"]}
KUBERNETES = "1.31"
pytestmark = pytest.mark.slow  # building helm takes longer than all of its tests


def helm(command, *words, values="", code=0):
    """What helm says, with values as in a file of them."""
    return run(TOOLS / "helm", *command.split(), *words, "--values", "-", input=values, code=code)


def render(name, *more):
    arguments = VARIANTS[name]
    values = arguments if isinstance(arguments, str) else ""
    text = helm("template fleet", CHART, *([] if values else arguments), *more, values=values).stdout
    return [document for document in yaml.safe_load_all(text) if document]


@pytest.fixture(params=VARIANTS)
def documents(request):
    return render(request.param)


def of_kind(documents, kind):
    return {document["metadata"]["name"]: document for document in documents if document["kind"] == kind}


def pods(documents):
    return {name: deployment["spec"]["template"]["spec"] for name, deployment in of_kind(documents, "Deployment").items()}


def containers(documents):
    """The container that Assay runs in, by what it runs."""
    return {pod["containers"][0]["name"]: pod["containers"][0] for pod in pods(documents).values()}


def test_helm_finds_no_fault():
    for values in VARIANTS.values():
        if isinstance(values, str):
            helm("lint --strict", CHART, values=values)
        else:
            helm("lint --strict", CHART, *values)


@pytest.mark.parametrize("wrong", ["worker.jbos=3", "serve.jobs=3", "worker.jobs=many", "extraVolume[0].name=a",
                                   "serve.tls.secretName=no-enabled", "worker.podDisruptionBudget.maxUnavailable=0"])
def test_a_wrong_value_is_refused(wrong):
    done = helm("template fleet", CHART, "--set", wrong, code=1)
    assert "values don't meet the specifications of the schema" in done.stderr
    assert wrong.split("=")[0].split(".")[0].split("[")[0] in done.stderr


def test_everything_fits_the_schemas_of_kubernetes(documents):
    of_kubernetes = [document for document in documents if "keda.sh" not in document["apiVersion"]]
    assert {document["kind"] for document in of_kubernetes} - {"ServiceAccount"} \
        == {"Deployment", "Service", "PodDisruptionBudget"}
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
        names = [variable["name"] for variable in container["env"]]
        assert len(names) == len(set(names))
        for variable in names:
            assert f"({variable})" in helps[command], variable


def test_probes_and_scrapes_reach_the_port(documents):
    for deployment in of_kind(documents, "Deployment").values():
        template = deployment["spec"]["template"]
        (container,) = template["spec"]["containers"]
        (port,) = container["ports"]
        annotations = template["metadata"]["annotations"]
        assert annotations["prometheus.io/port"] == str(port["containerPort"])
        assert any(str(word).endswith(f":{port['containerPort']}") for word in container["args"])
        probes = [container[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")]
        assert {probe["port"] for probe in probes} == {port["name"]}
        assert [probe["path"] for probe in probes] == ["/healthz", "/healthz", "/readyz"]
        assert {probe["scheme"].lower() for probe in probes} == {annotations["prometheus.io/scheme"]}


def test_what_is_mounted_is_there(documents):
    for pod in pods(documents).values():
        volumes = [volume["name"] for volume in pod["volumes"]]
        assert len(volumes) == len(set(volumes))
        for container in pod["initContainers"] + pod["containers"]:
            mounts = container["volumeMounts"]
            assert {mount["name"] for mount in mounts} <= set(volumes)
            assert len({mount["mountPath"] for mount in mounts}) == len(mounts)


def test_probes_speak_as_the_port_does():
    for name, serve, worker in (("default", "HTTP", "HTTP"), ("tls", "HTTPS", "HTTP"), ("tls-secret", "HTTPS", "HTTP"),
                                ("worker-tls", "HTTP", "HTTPS")):
        documents = render(name)
        assert {kind: one["readinessProbe"]["httpGet"]["scheme"] for kind, one in containers(documents).items()} \
            == {"serve": serve, "worker": worker}
        (service,) = of_kind(documents, "Service").values()
        assert service["spec"]["ports"][0]["name"] == serve.lower()


def test_the_certificate_of_a_secret_is_what_the_program_is_told():
    for variant, name, setting in (("tls-secret", "serve", "ASSAY_TLS"), ("worker-tls", "worker", "ASSAY_WORKER_TLS")):
        pod = pods(render(variant))[f"fleet-{name}"]
        (container,) = pod["containers"]
        told = {variable["name"]: variable.get("value") for variable in container["env"]}
        (folder,) = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "tls"]
        assert (told[f"{setting}_CERTIFICATE"], told[f"{setting}_KEY"]) == (f"{folder}/tls.crt", f"{folder}/tls.key")
        assert {"name": "tls", "secret": {"secretName": f"{name}-tls"}} in pod["volumes"]
    # One that assay.toml names is the operator's.
    (container,) = pods(render("tls"))["fleet-serve"]["containers"]
    assert "ASSAY_TLS_CERTIFICATE" not in {variable["name"] for variable in container["env"]}


def test_files_and_variables_of_the_operator_are_in_both():
    values = yaml.safe_load(CERTIFICATES)
    for pod in pods(render("certificates")).values():
        (container,) = pod["containers"]
        assert values["extraVolumes"][0] in pod["volumes"]
        assert values["extraVolumeMounts"][0] in container["volumeMounts"]
        assert container["envFrom"] == values["extraEnvFrom"]
        names = [variable["name"] for variable in container["env"]]
        assert names[:2] == ["ASSAY_STORE_URL", "ASSAY_QUEUE_URL"]
        assert [variable for variable in container["env"] if variable in values["extraEnv"]] == values["extraEnv"]


def test_pods_are_who_they_shall_be():
    for name, account, annotations in (("default", "fleet", None), ("no-account", "mine", None),
                                       ("role", "fleet", yaml.safe_load(ROLE)["serviceAccount"]["annotations"])):
        documents = render(name)
        accounts = of_kind(documents, "ServiceAccount")
        assert list(accounts) == ([] if name == "no-account" else [account])
        if annotations:
            assert accounts[account]["metadata"]["annotations"] == annotations
        for pod in pods(documents).values():
            assert pod["serviceAccountName"] == account
            assert pod["automountServiceAccountToken"] is False


def test_pods_are_where_they_shall_be():
    documents = render("placed")
    values = yaml.safe_load(PLACED)
    worker, serve = pods(documents)["fleet-worker"], pods(documents)["fleet-serve"]
    for name in ("nodeSelector", "tolerations", "affinity", "priorityClassName"):
        assert worker[name] == values["worker"][name] and name not in serve
    for pod, component, place in ((worker, "worker", "topology.kubernetes.io/zone"),
                                  (serve, "serve", "kubernetes.io/hostname")):
        (constraint,) = pod["topologySpreadConstraints"]
        assert constraint["topologyKey"] == place
        assert constraint["labelSelector"]["matchLabels"]["app.kubernetes.io/component"] == component
        assert pod["imagePullSecrets"] == [{"name": "registry"}]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    deployments = of_kind(documents, "Deployment")
    assert deployments["fleet-serve"]["spec"]["strategy"] == {"type": "Recreate"}
    metadata = deployments["fleet-worker"]["spec"]["template"]["metadata"]
    assert metadata["labels"]["team"] == "data" and metadata["annotations"]["prometheus.io/scrape"] == "false"
    assert deployments["fleet-serve"]["spec"]["template"]["metadata"]["annotations"]["example.com/a"] == "b"
    (service,) = of_kind(documents, "Service").values()
    assert service["spec"]["type"] == "LoadBalancer" and service["spec"]["ports"][0]["port"] == 443


def test_nothing_in_hand_is_cut_off(documents):
    for name, container in containers(documents).items():
        (drain,) = [int(re.fullmatch(r"--drain=(\d+)s", word).group(1)) for word in container["args"]
                    if word.startswith("--drain=")]
        grace = pods(documents)[f"fleet-{name}"]["terminationGracePeriodSeconds"]
        # A serve gives requests as long as the work after them.
        assert grace >= (2 if name == "serve" else 1) * drain + 20


def test_a_pod_has_time_to_begin_to_answer():
    for container in containers(render("default")).values():
        probe = container["startupProbe"]
        assert probe["periodSeconds"] * probe["failureThreshold"] == 120


def test_budgets_are_of_the_pods():
    for name, expected in (("default", {"fleet-serve": 1}), ("placed", {"fleet-serve": 1, "fleet-worker": "25%"})):
        documents = render(name)
        budgets = of_kind(documents, "PodDisruptionBudget")
        assert {name: budget["spec"]["maxUnavailable"] for name, budget in budgets.items()} == expected
        for name, budget in budgets.items():
            assert budget["spec"]["selector"] == of_kind(documents, "Deployment")[name]["spec"]["selector"]
    assert not of_kind(render("default", "--set", "serve.podDisruptionBudget.maxUnavailable="), "PodDisruptionBudget")


def test_stopped_is_no_pod_and_nobody_who_would_start_one():
    documents = render("stopped")
    assert [deployment["spec"]["replicas"] for deployment in of_kind(documents, "Deployment").values()] == [0, 0]
    assert not of_kind(documents, "ScaledObject")


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
    documents = render("autoscaling", "--namespace", "elsewhere")
    (scaled,) = of_kind(documents, "ScaledObject").values()
    target = of_kind(documents, "Deployment")[scaled["spec"]["scaleTargetRef"]["name"]]
    assert target["metadata"]["name"] == "fleet-worker"
    assert "replicas" not in target["spec"], "helm would undo what KEDA scaled"
    assert scaled["spec"]["minReplicaCount"] <= scaled["spec"]["maxReplicaCount"]
    metadata = scaled["spec"]["triggers"][0]["metadata"]
    assert metadata["query"] == ('max(sum by (pod) (assay_queue_units{namespace="elsewhere", '
                                 'pod=~"fleet-serve-.+"}))'), "another release's queue is not this one's"
    assert metadata["ignoreNullValues"] == "false", "a queue that is not known would be taken for an empty one"
    (own,) = of_kind(render("autoscaling", "--set", "autoscaling.query=vector(1)"), "ScaledObject").values()
    assert own["spec"]["triggers"][0]["metadata"]["query"] == "vector(1)"

"""An AWS of the tests' own: moto's server on a free port of loopback, with what moto lacks doubled here and nowhere else.

Doubled: Elastic Beanstalk's versions, updates and events (moto has applications and environments); the outcome of commands
over SSM, which takes as successful whatever they are; in stacks, the secret and Beanstalk's two resources, as nothing
but their names. Bucket policy and OIDC provider are made by nobody here.
"""

import logging
import os
import subprocess
import urllib.request
import warnings
from pathlib import Path

import boto3
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.elasticbeanstalk.responses import EBResponse
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import ThreadedMotoServer
from moto.ssm.models import Command

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "ghcr.io/owner/switchboard:"


class Beanstalk:
    """What an Elastic Beanstalk environment does with a version: takes it, or goes back to the one before."""

    def __init__(self):
        self.versions, self.refused, self.updates, self.label = {}, set(), [], None

    def create_application_version(self, response):
        label = response._get_param("VersionLabel")
        assert len(label) <= 100 and len(response._get_param("Description")) <= 200, "longer than Beanstalk takes"
        source = response._get_param("SourceBundle")
        self.versions[label] = {"Bucket": source["S3Bucket"], "Key": source["S3Key"]}
        return ActionResult({"ApplicationVersion": {"VersionLabel": label}})

    def describe_application_versions(self, response):
        asked = response._get_param("VersionLabels")
        known = [{"VersionLabel": label} for label in self.versions if not asked or label in asked]
        return ActionResult({"ApplicationVersions": known})

    def update_environment(self, response):
        label = response._get_param("VersionLabel")
        assert label in self.versions, f"Beanstalk knows no version {label}"
        self.updates.append(label)
        if label not in self.refused:
            self.label = label
        return ActionResult({"EnvironmentName": response._get_param("EnvironmentName")})

    def describe_environments(self, response):
        name = response._get_param("EnvironmentNames")[0]
        told = {"EnvironmentName": name, "Status": "Ready", "Health": "Green", "VersionLabel": self.label or "Sample Application"}
        return ActionResult({"Environments": [told]})

    def describe_events(self, response):
        return ActionResult({"Events": [{"Severity": "ERROR", "Message": "a container was not healthy"}]})


DOUBLED = []  # moto finds them by weak references


def named(kind, name_property, make=lambda name, account, region: None):
    """A resource of stacks that moto lacks, which is only its name."""

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        one = cls()
        one.physical_resource_id = cloudformation_json["Properties"][name_property]
        make(one.physical_resource_id, account_id, region_name)
        return one

    DOUBLED.append(type(
        kind.split("::")[-1],
        (CloudFormationModel,),
        {
            "__module__": "doubles.cloud",  # moto wants a name with a dot
            "cloudformation_type": staticmethod(lambda: kind),
            "cloudformation_name_type": staticmethod(lambda: name_property),
            "create_from_cloudformation_json": classmethod(create),
            "has_cfn_attr": classmethod(lambda cls, attribute: attribute == "EndpointURL"),
            "get_cfn_attribute": lambda one, attribute: f"{one.physical_resource_id}.example",
        },
    ))


named("AWS::ElasticBeanstalk::Application", "ApplicationName")
named("AWS::ElasticBeanstalk::Environment", "EnvironmentName")
named("AWS::SecretsManager::Secret", "Name",
      lambda name, account, region: secretsmanager_backends[account][region].create_secret(name, *[None] * 6, [], False))


class Cloud:
    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module="moto")  # what it lacks is said above
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        self.reset()
        self.commands = []  # (instance, script) in the order in which they were sent
        self.outcomes = {}  # instance -> exit codes, one for each command; 0 where there is none
        self.beanstalk = Beanstalk()
        self._double()

    def reset(self):
        """moto keeps one AWS for each process: another test begins with an empty one."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def _double(self):
        cloud = self
        for name in ("create_application_version", "describe_application_versions", "update_environment",
                     "describe_environments", "describe_events"):
            setattr(EBResponse, name, lambda response, name=name: getattr(cloud.beanstalk, name)(response))

        def invocation(command, instance, plugin):
            cloud.commands.append((instance, "\n".join(command.parameters["commands"])))
            code = (cloud.outcomes.get(instance) or [0]).pop(0)
            told = OF_MOTO(command, instance, plugin)
            return told | {
                "ResponseCode": code,
                "Status": "Failed" if code else "Success",
                "StandardOutputContent": f"switch on {instance} ended with {code}",
            }

        Command.invocation_response = invocation
        Command._get_instance_ids_from_targets = lambda command: []  # moto takes no targets for all instances

    def close(self):
        self.server.stop()

    def stack(self, name, template, **parameters):
        """As `aws cloudformation deploy` makes it; that goes by change sets, after which moto knows no exports."""
        self.client("cloudformation").create_stack(
            StackName=name,
            TemplateBody=(ROOT / template).read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        return self.outputs(name)

    def outputs(self, name):
        stack = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def client(self, name):
        return boto3.client(name, endpoint_url=self.url, **CREDENTIALS)

    def environment(self):
        return os.environ | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": CREDENTIALS["region_name"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SWITCHBOARD_POLL": "0.1",
            "SWITCHBOARD_SETTINGS": os.devnull,
        }

    def run(self, *words, cwd=ROOT, **more):
        return run(*words, cwd=cwd, env=self.environment() | more)


OF_MOTO = Command.invocation_response
CREDENTIALS = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing", "region_name": "us-east-1"}


def run(*words, cwd=ROOT, env=None, stdin=""):
    """Ends with what was said, and the exit code; a script that hangs fails its test."""
    return subprocess.run([str(word) for word in words], cwd=cwd, env=env, input=stdin, text=True,
                          capture_output=True, timeout=300, check=False)

"""The stacks, made by the very commands of docs/deploy.md, and what must be true of what they make."""

import ast
import base64
import json
import re
import shlex
import unittest

from cfnlint.decode import cfn_yaml

from cloud import ROOT, Cloud, run

VALUES = {
    "REPOSITORY": "owner/switchboard",
    "PROVIDER": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    "SOLUTION": "64bit Amazon Linux 2023 v4.3.0 running Docker",
}


def commands():
    """(stack, template, parameters) of each `aws cloudformation deploy` that the document has."""
    VALUES.setdefault("CERTIFICATE", "")
    text = (ROOT / "docs/deploy.md").read_text().replace("\\\n", " ")
    for line in re.findall(r"^\s*aws cloudformation deploy .*$", text, re.MULTILINE):
        words = shlex.split(re.sub(r"\$(\w+)", lambda match: VALUES[match[1]], line))
        after = lambda word: words[words.index(word) + 1]
        parameters = dict(word.split("=", 1) for word in words if re.match(r"[A-Z]\w*=", word))
        yield after("--stack-name"), after("--template-file"), parameters


class Stacks(unittest.TestCase):
    def setUp(self):
        self.cloud = Cloud()
        self.addCleanup(self.cloud.close)

    def make(self, *templates, environment="staging"):
        """The stacks of one environment, and those of all."""
        VALUES["CERTIFICATE"] = self.cloud.client("acm").request_certificate(DomainName="example.com")["CertificateArn"]
        for stack, template, parameters in commands():
            if parameters.get("Environment", environment) != environment:
                continue
            if template.split("/")[-1].removesuffix(".yml") in templates:
                self.cloud.stack(stack, template, **parameters)

    def test_the_document_makes_every_template(self):
        told = {template for _, template, _ in commands()}
        self.assertEqual(told, {str(path.relative_to(ROOT)) for path in (ROOT / "deploy/cloudformation").glob("*.yml")})

    def test_an_instance_is_reached_by_callers_only(self):
        self.make("oidc", "network", "storage", "ec2")
        ec2 = self.cloud.client("ec2")
        [instance] = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
        self.assertIn({"Key": "switchboard:environment", "Value": "staging"}, instance["Tags"])
        groups = ec2.describe_security_groups(GroupIds=[group["GroupId"] for group in instance["SecurityGroups"]])
        ports = {(rule["FromPort"], rule["ToPort"]) for group in groups["SecurityGroups"] for rule in group["IpPermissions"]}
        self.assertEqual(ports, {(80, 80), (443, 443)})
        template = ec2.describe_launch_template_versions(Versions=["$Latest"], LaunchTemplateId=ec2.describe_launch_templates()
                                                         ["LaunchTemplates"][0]["LaunchTemplateId"])
        self.assertEqual(template["LaunchTemplateVersions"][0]["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"], "required")

    def test_several_instances_are_reached_by_the_load_balancer_only(self):
        self.make("network", "storage", "ec2", environment="production")
        ec2 = self.cloud.client("ec2")
        instances = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
        self.assertEqual(len(instances), 3)
        [balancer] = self.cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]
        for instance in instances:
            [group] = ec2.describe_security_groups(GroupIds=[group["GroupId"] for group in instance["SecurityGroups"]])["SecurityGroups"]
            [rule] = group["IpPermissions"]
            self.assertEqual([pair["GroupId"] for pair in rule["UserIdGroupPairs"]], balancer["SecurityGroups"])
            self.assertEqual((rule["FromPort"], rule["IpRanges"]), (443, []))

    def test_only_this_repository_and_environment_may_deploy(self):
        for template in ("ec2", "beanstalk"):
            with self.subTest(template):
                self.cloud.reset()
                self.make("network", "storage", template)
                roles = self.cloud.client("iam").list_roles()["Roles"]
                [role] = [role for role in roles if "DeployRole" in role["RoleName"]]
                [trust] = role["AssumeRolePolicyDocument"]["Statement"]
                self.assertEqual(trust["Principal"], {"Federated": VALUES["PROVIDER"]})
                self.assertEqual(trust["Condition"]["StringEquals"], {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": "repo:owner/switchboard:environment:staging",
                })

    def test_no_role_may_do_everything_of_a_service(self):
        self.make("network", "storage", "ec2")
        iam, looked_at = self.cloud.client("iam"), set()
        for role in iam.list_roles()["Roles"]:
            for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
                policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
                policy = ast.literal_eval(policy) if isinstance(policy, str) else policy  # some of moto's are Python's words
                actions = json.dumps([statement["Action"] for statement in policy["Statement"]])
                self.assertNotRegex(actions, r'"\*"|:\*"', f"{role['RoleName']} {name}")
                looked_at.add(name)
        self.assertEqual(looked_at & {"instance", "deploy"}, {"instance", "deploy"})

    def test_the_disk_is_encrypted_and_the_bucket_closed(self):
        """By the template's own words: moto's stacks pass these on to nobody."""
        resources = cfn_yaml.load(str(ROOT / "deploy/cloudformation/storage.yml"))["Resources"]
        self.assertTrue(resources["Disk"]["Properties"]["Encrypted"])
        self.assertEqual(set(resources["Bucket"]["Properties"]["PublicAccessBlockConfiguration"].values()), {True})
        template = cfn_yaml.load(str(ROOT / "deploy/cloudformation/ec2.yml"))["Resources"]["Template"]
        [root] = template["Properties"]["LaunchTemplateData"]["BlockDeviceMappings"]
        self.assertTrue(root["Ebs"]["Encrypted"])

    def test_what_an_instance_runs_first_is_clean(self):
        self.make("network", "storage", "ec2")
        ec2 = self.cloud.client("ec2")
        [reservation] = ec2.describe_instances()["Reservations"]
        told = ec2.describe_instance_attribute(InstanceId=reservation["Instances"][0]["InstanceId"], Attribute="userData")
        script = base64.b64decode(told["UserData"]["Value"]).decode()
        self.assertIn("SWITCHBOARD_BUCKET=switchboard-staging-123456789012-us-east-1\n", script)
        self.assertIn('${image//[^A-Za-z0-9._-]/-}', script)
        said = run("shellcheck", "-", stdin=script)
        self.assertEqual(said.returncode, 0, said.stdout)


if __name__ == "__main__":
    unittest.main()

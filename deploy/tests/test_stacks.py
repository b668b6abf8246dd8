"""The stacks, made by the very commands of docs/deploy.md, and what must be true of what they make."""

import json
import re
import shlex
import unittest

from cloud import ROOT, Cloud, run

VALUES = {
    "REPOSITORY": "owner/switchboard",
    "PROVIDER": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    "CERTIFICATE": "arn:aws:acm:us-east-1:123456789012:certificate/one",
    "SOLUTION": "64bit Amazon Linux 2023 v4.3.0 running Docker",
}


def commands():
    """(stack, template, parameters) of each `aws cloudformation deploy` that the document has."""
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

    def make(self, *templates):
        for stack, template, parameters in commands():
            if template.split("/")[-1].removesuffix(".yml") in templates:
                self.cloud.stack(stack, template, **parameters)

    def test_the_document_makes_every_template(self):
        told = {template for _, template, _ in commands()}
        self.assertEqual(told, {str(path.relative_to(ROOT)) for path in (ROOT / "deploy/cloudformation").glob("*.yml")})

    def test_an_instance_is_reached_by_callers_only_and_its_disk_is_encrypted(self):
        self.make("oidc", "network", "storage", "ec2")
        ec2 = self.cloud.client("ec2")
        [instance] = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
        self.assertIn({"Key": "switchboard:environment", "Value": "staging"}, instance["Tags"])
        groups = ec2.describe_security_groups(GroupIds=[group["GroupId"] for group in instance["SecurityGroups"]])
        ports = {(rule["FromPort"], rule["ToPort"]) for group in groups["SecurityGroups"] for rule in group["IpPermissions"]}
        self.assertEqual(ports, {(80, 80), (443, 443)})
        [disk] = [disk for disk in ec2.describe_volumes()["Volumes"] if disk.get("Tags")]
        self.assertTrue(disk["Encrypted"])
        template = ec2.describe_launch_template_versions(Versions=["$Latest"], LaunchTemplateId=ec2.describe_launch_templates()
                                                         ["LaunchTemplates"][0]["LaunchTemplateId"])
        self.assertEqual(template["LaunchTemplateVersions"][0]["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"], "required")

    def test_only_this_repository_and_environment_may_deploy(self):
        for template in ("ec2", "beanstalk"):
            with self.subTest(template):
                self.cloud.close()
                self.cloud = Cloud()
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
        iam = self.cloud.client("iam")
        for role in iam.list_roles()["Roles"]:
            for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
                policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
                said = json.dumps([statement["Action"] for statement in policy["Statement"]])
                self.assertNotRegex(said, r'"\*"|:\*"', role["RoleName"])

    def test_the_bucket_is_closed(self):
        self.make("network", "storage")
        s3 = self.cloud.client("s3")
        [bucket] = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        closed = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        self.assertEqual(set(closed.values()), {True})
        self.assertEqual(s3.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled")

    def test_what_an_instance_runs_first_is_clean(self):
        self.make("network", "storage", "ec2")
        ec2 = self.cloud.client("ec2")
        [reservation] = ec2.describe_instances()["Reservations"]
        told = ec2.describe_instance_attribute(InstanceId=reservation["Instances"][0]["InstanceId"], Attribute="userData")
        import base64
        script = base64.b64decode(told["UserData"]["Value"]).decode()
        self.assertIn("SWITCHBOARD_BUCKET=switchboard-staging-123456789012-us-east-1\n", script)
        self.assertIn('${image//[^A-Za-z0-9._-]/-}', script)
        said = run("shellcheck", "-", stdin=script)
        self.assertEqual(said.returncode, 0, said.stdout)


if __name__ == "__main__":
    unittest.main()

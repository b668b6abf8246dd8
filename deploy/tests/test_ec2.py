"""deploy/ec2/deploy and rollback: who is sent what, in which order, and what becomes of a failure."""

import unittest

from cloud import IMAGE, Cloud, run

BUCKET = "switchboard-staging-123456789012-us-east-1"


class Ec2(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud()
        cls.addClassCleanup(cls.cloud.close)
        templates = "deploy/cloudformation/"
        cls.cloud.stack("switchboard-staging-network", templates + "network.yml", Environment="staging")
        cls.cloud.stack("switchboard-staging-storage", templates + "storage.yml", Environment="staging")
        cls.cloud.stack("switchboard-staging", templates + "ec2.yml", Environment="staging", Repository="owner/switchboard",
                        ProviderArn="arn:aws:iam::123456789012:oidc-provider/one")
        # A second one, as a group with engines elsewhere has; and one of another environment, which is nobody's business.
        ec2 = cls.cloud.client("ec2")
        ami = ec2.describe_images()["Images"][0]["ImageId"]
        for environment in ("staging", "production"):
            tags = [{"ResourceType": "instance", "Tags": [{"Key": "switchboard:environment", "Value": environment}]}]
            ec2.run_instances(ImageId=ami, MinCount=1, MaxCount=1, TagSpecifications=tags)
        filters = [{"Name": "tag:switchboard:environment", "Values": ["staging"]}]
        cls.instances = [one["InstanceId"] for group in ec2.describe_instances(Filters=filters)["Reservations"]
                         for one in group["Instances"]]

    def setUp(self):
        """As before the first deployment."""
        self.cloud.commands.clear()
        for bundle in self.bundles():
            self.cloud.client("s3").delete_object(Bucket=BUCKET, Key=bundle)
        self.cloud.outcomes.clear()
        self.cloud.client("ssm").delete_parameters(Names=["/switchboard/staging/image", "/switchboard/staging/image-before"])

    def bundles(self):
        return [bundle["Key"] for bundle in self.cloud.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def deploy(self, version, *options):
        return self.cloud.run("deploy/ec2/deploy", "staging", IMAGE + version, *options)

    def record(self, version):
        self.cloud.client("ssm").put_parameter(Name="/switchboard/staging/image", Type="String", Value=IMAGE + version)

    def rollback(self):
        return self.cloud.run("deploy/ec2/rollback", "staging")

    def recorded(self, name="image"):
        parameters = self.cloud.client("ssm").get_parameters(Names=[f"/switchboard/staging/{name}"])["Parameters"]
        return parameters[0]["Value"] if parameters else None

    def sent(self):
        """(instance, version) of each command so far."""
        return [(instance, script.split("deploy/switch " + IMAGE)[1].split()[0]) for instance, script in self.cloud.commands]

    def test_every_instance_of_the_environment_is_switched_in_its_turn(self):
        said = self.deploy("1")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual(self.sent(), [(instance, "1") for instance in self.instances])
        for instance in self.instances:
            self.assertIn(f"switch on {instance} ended with 0", said.stdout)
        self.assertEqual(self.recorded(), IMAGE + "1")
        self.assertEqual(self.bundles(), ["bundles/ghcr.io-owner-switchboard-1.zip"])

    def test_a_failure_stops_it_and_those_before_get_the_former_again(self):
        self.record("1")
        one, two = self.instances
        self.cloud.outcomes = {two: [3]}
        said = self.deploy("2")
        self.assertEqual(said.returncode, 3, said.stderr)
        self.assertEqual(self.sent(), [(one, "2"), (two, "2"), (one, "1")])
        self.assertEqual(self.recorded(), IMAGE + "1")

    def test_without_a_former_those_after_a_failure_are_left_alone(self):
        one, _ = self.instances
        self.cloud.outcomes = {one: [1]}
        self.assertEqual(self.deploy("1").returncode, 1)
        self.assertEqual(self.sent(), [(one, "1")])
        self.assertIsNone(self.recorded())
        said = self.rollback()
        self.assertEqual((said.returncode, len(self.sent())), (1, 1), said.stderr)

    def test_the_worst_exit_code_is_told(self):
        self.record("1")
        one, two = self.instances
        self.cloud.outcomes = {one: [0, 3], two: [1]}  # and where the former one cannot be had back
        self.assertEqual(self.deploy("2").returncode, 3)

    def test_a_rollback_goes_to_the_former_and_no_further(self):
        for version in "1223":
            self.deploy(version)
        for _ in range(2):
            said = self.rollback()
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertEqual([version for _, version in self.sent()[-2:]], ["2", "2"])
            self.assertEqual((self.recorded(), self.recorded("image-before")), (IMAGE + "2", IMAGE + "2"))

    def test_a_dry_run_changes_nothing(self):
        said = self.deploy("1", "--dry-run")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn(f"deploy/switch {IMAGE}1", said.stderr)
        self.assertEqual((self.sent(), self.recorded()), ([], None))

    def test_what_is_sent_keeps_its_words_and_its_exit_code(self):
        smoke = """echo "it's \\ $fine" """
        self.deploy("1", "--smoke", smoke)
        _, script = self.cloud.commands[0]
        head, found, tail = script.partition("deploy/switch ")
        self.assertTrue(found)
        # On an instance it would fetch and unpack; here only the last command runs, as sh would hand it on.
        said = run("sh", "-c", "bash <<'END'\nprintf '<%s>' " + tail, env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(said.stdout, f"<{IMAGE}1><--smoke><{smoke}>", said.stderr)
        failing = run("sh", "-c", "bash <<'END'\nset -euo pipefail\nexit 3\n" + tail)
        self.assertEqual(failing.returncode, 3)
        self.assertTrue(head.startswith("bash <<'END'\nset -euo pipefail\n"), head)

    def test_nobody_but_the_two_environments(self):
        said = self.cloud.run("deploy/ec2/deploy", "prod", IMAGE + "1")
        self.assertEqual(said.returncode, 2)


if __name__ == "__main__":
    unittest.main()

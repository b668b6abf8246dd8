"""deploy/beanstalk: what is in the bundle, versions that are made once, and the way back."""

import hashlib
import tempfile
import unittest
import zipfile
from pathlib import Path

from cloud import IMAGE, ROOT, Cloud, run

LABEL = "ghcr.io-owner-switchboard-"


class Bundle(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def pack(self, name, *options, **environment):
        said = run(ROOT / "deploy/beanstalk/bundle", IMAGE + "1", self.folder / name, *options, env=environment or None)
        self.assertEqual(said.returncode, 0, said.stderr)
        return self.folder / name

    def test_it_is_the_stack_with_one_image_and_no_way_to_build_it(self):
        with zipfile.ZipFile(self.pack("one.zip")) as bundle:
            stack = bundle.read("docker-compose.yml").decode()
            names = set(bundle.namelist())
            modes = {info.filename: info.external_attr >> 16 for info in bundle.infolist()}
        source = (ROOT / "docker-compose.yml").read_text()
        self.assertIn(f"image: ${{SWITCHBOARD_IMAGE:-{IMAGE}1}}", stack)
        self.assertNotIn("switchboard:local", stack)
        self.assertNotRegex(stack, r"(?m)^\s+(build|dockerfile|args):")
        built = source.count("\n    dockerfile:")
        self.assertEqual(built, 1)
        self.assertEqual(len(source.splitlines()) - len(stack.splitlines()), 4)  # build, context, dockerfile, args
        for name in ("nginx/nginx.conf", "deploy/switch", "deploy/ec2/prepare", ".platform/hooks/prebuild/10_prepare",
                     ".platform/confighooks/prebuild/10_prepare"):
            self.assertIn(name, names)
        for name in (".platform/hooks/prebuild/10_prepare", "deploy/switch", "deploy/backup"):
            self.assertTrue(modes[name] & 0o100, name)
        self.assertEqual({name for name in names if name.startswith(("secrets", "nginx/tls", "target"))}, set())

    def test_the_same_inputs_make_the_same_bytes(self):
        one, two = (hashlib.sha256(self.pack(name).read_bytes()).hexdigest() for name in ("one.zip", "two.zip"))
        self.assertEqual(one, two)
        with zipfile.ZipFile(self.folder / "one.zip") as bundle:  # nor does it matter when it was packed
            self.assertEqual({info.date_time for info in bundle.infolist()}, {(2000, 1, 1, 0, 0, 0)})

    def test_with_engines_elsewhere_compose_merges(self):
        """`docker compose` is doubled: it says what it was asked, as the document."""
        double = self.folder / "docker"
        double.write_text('#!/bin/sh\n[ "$2" = version ] || printf \'# %s\\nimage: ${SWITCHBOARD_IMAGE:-x}\\n\' "$*"\n')
        double.chmod(0o755)
        with zipfile.ZipFile(self.pack("one.zip", "--engines", "outside", PATH=f"{self.folder}:/usr/bin:/bin")) as bundle:
            stack = bundle.read("docker-compose.yml").decode()
        self.assertIn("-f docker-compose.yml -f deploy/ec2/external.yml config --no-interpolate", stack)
        self.assertIn(IMAGE + "1", stack)

    def test_an_image_that_is_none_is_refused(self):
        said = run(ROOT / "deploy/beanstalk/bundle", "x}; rm -rf", self.folder / "one.zip")
        self.assertEqual((said.returncode, list(self.folder.iterdir())), (2, []))


class Beanstalk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud()
        cls.addClassCleanup(cls.cloud.close)
        templates = "deploy/cloudformation/"
        cls.cloud.stack("switchboard-staging-network", templates + "network.yml", Environment="staging")
        cls.cloud.stack("switchboard-staging-storage", templates + "storage.yml", Environment="staging")
        cls.cloud.stack("switchboard-staging", templates + "beanstalk.yml", Environment="staging",
                        Repository="owner/switchboard", SolutionStack="64bit Amazon Linux 2023 v4.3.0 running Docker",
                        ProviderArn="arn:aws:iam::123456789012:oidc-provider/one")

    def deploy(self, version, *options):
        return self.cloud.run("deploy/beanstalk/deploy", "staging", IMAGE + version, *options)

    def recorded(self):
        [parameter] = self.cloud.client("ssm").get_parameters(Names=["/switchboard/staging/image"])["Parameters"]
        return parameter["Value"].removeprefix(IMAGE)

    def test_a_label_is_as_short_as_beanstalk_wants_it_and_the_same_again(self):
        image = f"ghcr.io/{'o' * 39}/switchboard@sha256:{'ab' * 32}"
        for _ in range(2):
            said = self.cloud.run("deploy/beanstalk/deploy", "staging", image)
            self.assertEqual(said.returncode, 0, said.stderr)
        label = self.cloud.beanstalk.label
        self.assertEqual((len(label), label[-72:]), (100, "-sha256-" + "ab" * 32))
        self.assertIn(f"version {label} is there already", said.stdout)
        self.assertEqual(self.recorded(), image)

    def test_versions_come_and_go(self):
        beanstalk = self.cloud.beanstalk
        said = self.deploy("1")
        self.assertEqual(said.returncode, 0, said.stderr)
        source = beanstalk.versions[LABEL + "1"]
        self.assertEqual(source, {"Bucket": "switchboard-staging-123456789012-us-east-1", "Key": f"bundles/{LABEL}1.zip"})
        self.cloud.client("s3").head_object(**source)
        self.assertEqual((beanstalk.label, self.recorded()), (LABEL + "1", "1"))

        self.assertEqual(self.deploy("2", "--smoke", "true").returncode, 0)
        beanstalk.refused = {LABEL + "3"}  # Beanstalk gives the update up
        said = self.deploy("3")
        self.assertEqual((said.returncode, beanstalk.label, self.recorded()), (1, LABEL + "2", "2"))
        self.assertIn("a container was not healthy", said.stderr)

        said = self.deploy("4", "--smoke", "exit 7")  # it runs, and is not good
        self.assertEqual((said.returncode, beanstalk.label, self.recorded()), (1, LABEL + "2", "2"))
        self.assertEqual(beanstalk.updates[-2:], [LABEL + "4", LABEL + "2"])

        for _ in range(2):
            said = self.cloud.run("deploy/beanstalk/rollback", "staging")
            self.assertEqual((said.returncode, beanstalk.label, self.recorded()), (0, LABEL + "1", "1"), said.stderr)
        self.assertEqual(beanstalk.updates[-2:], [LABEL + "2", LABEL + "1"])  # the second time there was nothing to do
        self.assertIn("version ghcr.io-owner-switchboard-1 is there already", said.stdout)

        updates = len(beanstalk.updates)
        self.assertEqual(self.deploy("5", "--dry-run").returncode, 0)
        self.assertEqual((len(beanstalk.updates), LABEL + "5" in beanstalk.versions, self.recorded()), (updates, False, "1"))


if __name__ == "__main__":
    unittest.main()

"""What docs/deploy.md names is there: scripts, their options, outputs of stacks, and the settings of the workflows."""

import re
import unittest

from cfnlint.decode import cfn_yaml

from cloud import ROOT, run

TEXT = (ROOT / "docs/deploy.md").read_text()
SCRIPT = re.compile(r"deploy/[a-z0-9/-]*[a-z0-9](?![\w./])|nginx/dev-certificate")


class Document(unittest.TestCase):
    def test_every_script_is_there(self):
        for path in sorted(set(SCRIPT.findall(TEXT))):
            with self.subTest(path):
                self.assertTrue((ROOT / path).exists())

    def test_every_option_is_one(self):
        used = set()
        for command in re.findall(r"^ *(deploy/.*)$", TEXT, re.MULTILINE) + re.findall(r"`(deploy/[^`]*)`", TEXT):
            words = command.split("#")[0].split()
            used |= {(words[0], word) for word in words[1:] if word.startswith("--")}
        self.assertGreaterEqual({option for _, option in used}, {"--force", "--dry-run"})
        for script, option in sorted(used):
            with self.subTest(f"{script} {option}"):
                self.assertIn(option, run(ROOT / script, "--help").stdout)

    def test_every_output_is_one(self):
        outputs = set()
        for path in (ROOT / "deploy/cloudformation").glob("*.yml"):
            outputs |= set(cfn_yaml.load(str(path))["Outputs"])
        told = set(re.findall(r"output `(\w+)`", TEXT))
        self.assertEqual(told, {"DeployRoleArn", "Url"})
        self.assertLessEqual(told, outputs)

    def test_the_settings_are_those_that_workflows_read_and_where_they_read_them(self):
        told = {name: where for name, where in re.findall(r"^\| `([A-Z_]+)` \|.*\| (.*) \|$", TEXT, re.MULTILINE)}
        read, of_repository = set(), set()
        for path in (ROOT / ".github/workflows").glob("*.yml"):
            text = path.read_text()
            read |= set(re.findall(r"\b(vars|secrets)\.([A-Z_]+)", text)) - {("secrets", "GITHUB_TOKEN")}
            # A job has its environment's variables only when it runs: whether it does is asked before.
            of_repository |= set(re.findall(r"^    if: .*vars\.([A-Z_]+)", text, re.MULTILINE))
        self.assertEqual(set(told), {name for _, name in read})
        for kind, name in read:
            self.assertEqual("**secret**" in told[name], kind == "secrets", name)
            self.assertEqual("**repository**" in told[name], name in of_repository, name)


if __name__ == "__main__":
    unittest.main()

"""deploy/switch with a Docker that only says yes or no: which image it takes. With real brokers behind the real nginx it is
tests/it/deploy.rs."""

import unittest

from place import Place

IMAGE = "switchboard:2"


class Switch(Place):
    def switch(self, has):
        self.double("docker", 'case "$*" in "compose config"*) echo broker ;; pull*) exit 1 ;; '
                              f'"image inspect {IMAGE}") {has} ;; esac')
        (self.root / "docker-compose.yml").write_text("")
        return self.run_in("deploy/switch", IMAGE)

    def test_an_image_that_was_built_here_needs_no_registry(self):
        said = self.switch("true")
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        self.assertIn(f"SWITCHBOARD_IMAGE={IMAGE}\n", (self.root / "deploy.env").read_text())
        self.assertIn("docker compose run --rm -T migrate", self.called())

    def test_an_image_that_nobody_has_touches_nothing(self):
        said = self.switch("exit 1")
        self.assertEqual(said.returncode, 1, said.stdout + said.stderr)
        self.assertIn("nothing was touched", said.stderr)
        self.assertFalse(any(call.startswith("docker compose run") for call in self.called()))


if __name__ == "__main__":
    unittest.main()

"""deploy/rotate: signing keys step by step, passwords on the real PostgreSQL and RabbitMQ. Docker is doubled: it says
which containers there are, and what was done with them."""

import base64
import hashlib
import hmac
import os
import time
import unittest

from cloud import run
from place import Place
from test_postgres_backup import SERVER, sql


class Rotate(Place):
    def setUp(self):
        super().setUp()
        said = run(self.root / "deploy/secrets", cwd=self.root)
        assert said.returncode == 0, said.stderr
        self.secrets = self.root / "secrets"
        # Two brokers and one of each other service; `docker inspect` finds all of them well. No engine is in compose.
        self.double("docker", 'case "$*" in *"--status running"*) ;; *"--quiet broker") printf "b1\\nb2\\n" ;;'
                              ' *--quiet*) echo "${!#}1" ;; inspect*) echo healthy ;; esac')

    def rotate(self, *words, **environment):
        return self.run_in("deploy/rotate", *words, **environment)

    def read(self, name):
        return (self.secrets / name).read_text()

    def restarts(self):
        return [call.split()[-1] for call in self.called() if call.startswith("docker restart")]

    def past(self, seconds):
        """The last step was so long ago."""
        word, _ = self.read("signing.keys.step").split()
        (self.secrets / "signing.keys.step").write_text(f"{word} {int(time.time()) - seconds}\n")

    def test_signing_keys_overlap(self):
        old = self.read("signing.keys")
        self.assertEqual(self.rotate("signing-keys").returncode, 0)
        first, new = self.read("signing.keys").split(",")
        self.assertEqual(first, old)  # still the one that signs
        self.assertRegex(new, r"^\w+:[A-Za-z0-9_-]{43}$")
        self.past(355)
        self.assertEqual(self.rotate("signing-keys").returncode, 1)  # not every door knows it
        self.assertEqual(self.read("signing.keys"), f"{old},{new}")
        self.past(361)
        self.assertEqual(self.rotate("signing-keys").returncode, 0)
        self.assertEqual(self.read("signing.keys"), f"{new},{old}")
        self.past(3600)
        self.assertEqual(self.rotate("signing-keys").returncode, 1)  # a token of the old key may be good
        self.past(3661)
        self.assertEqual(self.rotate("signing-keys").returncode, 0)
        self.assertEqual(self.read("signing.keys"), new)
        self.assertEqual(self.restarts(), ["authenticator1"] * 3)

    def test_a_dry_run_changes_nothing(self):
        before = {path.name: path.read_text() for path in self.secrets.iterdir()}
        for words in (["signing-keys"], ["postgres"], ["rabbitmq", "broker"], ["mongo"]):
            self.assertEqual(self.rotate(*words, "--dry-run").returncode, 0)
        self.assertEqual({path.name: path.read_text() for path in self.secrets.iterdir()}, before)
        self.assertEqual(self.restarts(), [])

    def rename(self, file, user, role):
        text = self.read(file)
        self.assertIn(f"//{user}:", text)
        (self.secrets / file).write_text(text.replace(f"//{user}:", f"//{role}:"))

    def test_a_password_of_postgres(self):
        role = f"cloud_rotate_{os.getpid()}"
        self.rename("postgres-broker.url", "broker", role)
        sql(SERVER, f"CREATE ROLE {role} LOGIN PASSWORD 'old'")
        self.addCleanup(sql, SERVER, f"DROP ROLE {role}")
        old, other = self.read("postgres-broker.password"), self.read("postgres-authenticator.password")
        said = self.rotate("postgres", "broker", POSTGRES_ADMIN_URL=SERVER)
        self.assertEqual(said.returncode, 0, said.stderr)
        new = self.read("postgres-broker.password")
        self.assertNotEqual(new, old)
        self.assertIn(f"//{role}:{new}@", self.read("postgres-broker.url"))
        self.assertNotIn(old, self.read("postgres-users.sql"))
        self.assertEqual(self.read("postgres-authenticator.password"), other)
        self.assertTrue(believes(sql(SERVER, f"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'"), new))
        self.assertEqual(self.restarts(), ["b1", "b2"])

    def test_the_admin_of_postgres_signs_in_with_the_old_one_to_set_the_new_one(self):
        role = f"cloud_admin_{os.getpid()}"
        sql(SERVER, f"CREATE ROLE {role} LOGIN PASSWORD 'old'")
        self.addCleanup(sql, SERVER, f"DROP ROLE {role}")
        old = self.read("postgres-admin.password")
        said = self.rotate("postgres", "admin", POSTGRES_ADMIN_URL=SERVER.replace("postgres@", f"{role}:old@"))
        self.assertEqual(said.returncode, 0, said.stderr)
        new = self.read("postgres-admin.password")
        self.assertNotEqual(new, old)
        self.assertTrue(believes(sql(SERVER, f"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'"), new))
        self.assertEqual(self.restarts(), [])

    def test_the_admin_of_mongo_signs_in_with_the_old_one_to_set_the_new_one(self):
        """mongosh is doubled: it writes down where it was sent, and what it was given."""
        seen = self.root.parent / "seen"
        self.double("mongosh", f'printf "%s\\n" "$URL" "$GIVEN" >"{seen}"')
        old = self.read("mongo-admin.password")
        said = self.rotate("mongo", "admin")
        self.assertEqual(said.returncode, 0, said.stderr)
        url, given = seen.read_text().splitlines()
        self.assertTrue(url.startswith(f"mongodb://admin:{old}@"), url)
        self.assertEqual(given, self.read("mongo-admin.password"))
        self.assertIn("db.getSiblingDB('admin').changeUserPassword('admin', process.env.GIVEN)", "\n".join(self.called()))

    def test_a_password_that_is_not_taken_is_forgotten(self):
        self.rename("postgres-broker.url", "broker", "nobody_of_this_name")
        before = {path.name: path.read_text() for path in self.secrets.iterdir()}
        said = self.rotate("postgres", "broker", POSTGRES_ADMIN_URL=SERVER)
        self.assertEqual(said.returncode, 1)
        self.assertEqual({path.name: path.read_text() for path in self.secrets.iterdir()}, before)
        self.assertEqual(self.restarts(), [])

    def test_a_password_of_rabbitmq(self):
        user = f"cloud_rotate_{os.getpid()}"
        self.rename("rabbitmq-operations.url", "operations", user)
        said = run("rabbitmqctl", "--quiet", "add_user", user, "old")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.addCleanup(run, "rabbitmqctl", "--quiet", "delete_user", user)
        definitions = self.read("rabbitmq-definitions.json")
        said = self.rotate("rabbitmq", "operations")
        self.assertEqual(said.returncode, 0, said.stderr)
        new = self.read("rabbitmq-operations.password")
        self.assertEqual(run("rabbitmqctl", "--quiet", "authenticate_user", user, new).returncode, 0)
        self.assertNotEqual(run("rabbitmqctl", "--quiet", "authenticate_user", user, "old").returncode, 0)
        for url in ("rabbitmq-operations.url", "rabbitmq-management.url"):
            self.assertIn(f":{new}@", self.read(url))
        self.assertNotEqual(self.read("rabbitmq-definitions.json"), definitions)
        self.assertEqual(self.restarts(), ["operations1"])

    def test_who_has_no_such_password_is_told(self):
        said = self.rotate("postgres", "math")
        self.assertEqual(said.returncode, 2)
        self.assertIn("authenticator operations broker", said.stderr)


def believes(stored, password):
    """Whether PostgreSQL's SCRAM verifier is of the password (RFC 5803)."""
    _, counted, keys = stored.split("$")
    rounds, salt = counted.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return base64.b64encode(key).decode() == keys.split(":")[0]


if __name__ == "__main__":
    unittest.main()

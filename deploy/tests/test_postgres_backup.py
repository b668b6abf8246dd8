"""deploy/backup and deploy/restore on the real PostgreSQL, with databases of this test's own. MongoDB's tools cannot be had
from a registry of packages, so mongodump, mongorestore and mongosh are doubled: what is shown of them is which words they
get, by which way the URL, and that what they write is what comes back."""

import os
import shutil
import unittest

from cloud import Cloud, run
from place import Place

SERVER = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
PARTS = {"users": "AUTHENTICATOR_POSTGRES_URL", "calls": "BROKER_POSTGRES_URL", "operations": "OPERATIONS_POSTGRES_URL"}
MONGO = "mongodb://logger:s3cret@127.0.0.1:27017/logs_db?directConnection=true"


def sql(url, *statements):
    said = run("psql", "--no-psqlrc", "-qAt", "--set=ON_ERROR_STOP=1", "--dbname=" + url, *(f"--command={one}" for one in statements))
    assert said.returncode == 0, said.stderr
    return said.stdout.strip()


class Backup(Place):
    def setUp(self):
        super().setUp()
        self.role = f"cloud_{os.getpid()}"
        self.addCleanup(sql, SERVER, f"DROP ROLE {self.role}")
        sql(SERVER, f"CREATE ROLE {self.role} LOGIN PASSWORD 'p%w'")
        self.urls = {}
        for part, variable in PARTS.items():
            database = f"{self.role}_{part}"
            sql(SERVER, f"CREATE DATABASE {database} OWNER {self.role}")
            self.addCleanup(sql, SERVER, f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            self.urls[variable] = SERVER.replace("postgres@", f"{self.role}:p%25w@").rsplit("/", 1)[0] + "/" + database
            self.fill(self.urls[variable], part)
        self.mongo()
        self.backup = self.root.parent / "monday"

    def fill(self, url, part):
        sql(url, "CREATE TABLE things (id bigint PRIMARY KEY, word text NOT NULL, made timestamptz NOT NULL, body bytea)",
            "CREATE INDEX ON things (word)",
            f"INSERT INTO things SELECT n, '{part} ' || n || ' ü\"''', now() - n * interval '1s', sha256(n::text::bytea)"
            " FROM generate_series(1, 2000) n")

    def mongo(self):
        """The tools as compose's container has them, but for what they do."""
        self.store = self.root.parent / "store"
        self.store.write_bytes(b"entries\n" * 1000)
        config = 'for word; do case $word in --config=*) cat "${word#*=}" >>"%s.uri";; esac; done; ' % self.store
        self.double("mongodump", config + f'cat "{self.store}"')
        self.double("mongorestore", config + f'cat >"{self.store}"')
        self.double("mongosh", f'[ -s "{self.store}" ] && echo 3 || echo 0')
        self.double("docker", "exit 1")  # no compose here
        self.urls["LOGGER_MONGO_URL"] = MONGO

    def rows(self):
        return {part: sql(self.urls[variable], "SELECT count(*), md5(string_agg(things::text, ',' ORDER BY id)) FROM things")
                for part, variable in PARTS.items()}

    def lose(self):
        for part, variable in PARTS.items():
            database = f"{self.role}_{part}"
            sql(SERVER, f"DROP DATABASE {database} WITH (FORCE)", f"CREATE DATABASE {database} OWNER {self.role}")
        self.store.write_bytes(b"")

    def back_up(self, *options):
        return self.run_in("deploy/backup", self.backup, *options, **self.urls)

    def restore(self, *options, source=None):
        return self.run_in("deploy/restore", source or self.backup, *options, **self.urls)

    def test_what_was_lost_comes_back(self):
        before = self.rows()
        said = self.back_up()
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual({path.name for path in self.backup.iterdir()},
                         {"users.dump", "calls.dump", "operations.dump", "logs.archive.gz", "SHA256SUMS"})
        self.assertEqual({path.stat().st_mode & 0o077 for path in self.backup.iterdir()}, {0})
        self.lose()
        said = self.restore()
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual(self.rows(), before)
        self.assertEqual(self.store.read_bytes(), b"entries\n" * 1000)
        # It works on: the key, the index and the owner are there.
        url = self.urls["BROKER_POSTGRES_URL"]
        self.assertEqual(sql(url, "SELECT count(*) FROM pg_indexes WHERE tablename = 'things'"), "2")
        self.assertEqual(sql(url, "SELECT tableowner FROM pg_tables WHERE tablename = 'things'"), self.role)

    def test_no_secret_is_an_argument(self):
        self.back_up()
        self.lose()
        self.restore()
        self.assertEqual([call for call in self.called() if "s3cret" in call], [])
        self.assertEqual((self.store.with_name("store.uri")).read_text(), f'uri: "{MONGO}"\n' * 2)
        self.assertIn("mongodump --quiet --archive --gzip --config=", "\n".join(self.called()))
        self.assertIn("mongorestore --quiet --archive --gzip --drop --config=", "\n".join(self.called()))

    def test_a_damaged_backup_is_refused_before_a_row_is_written(self):
        self.back_up()
        self.lose()
        for name in ("operations.dump", "logs.archive.gz"):
            with self.subTest(name):
                damaged = self.backup.with_name("damaged " + name)
                shutil.copytree(self.backup, damaged)
                content = bytearray((damaged / name).read_bytes())
                content[len(content) // 2] ^= 1
                (damaged / name).write_bytes(content)
                said = self.restore(source=damaged)
                self.assertEqual(said.returncode, 1)
                self.assertIn("is damaged: nothing was brought back", said.stderr)
        (self.backup / "SHA256SUMS").unlink()
        self.assertEqual(self.restore().returncode, 1)
        for variable in PARTS.values():
            self.assertEqual(sql(self.urls[variable], "SELECT count(*) FROM pg_tables WHERE tablename = 'things'"), "0")
        self.assertEqual(self.store.read_bytes(), b"")

    def test_a_dump_that_cannot_be_read_leaves_the_database_as_it_was(self):
        """Its checksum is right, as of a dump that was torn before it was written down."""
        self.back_up()
        dump = self.backup / "users.dump"
        dump.write_bytes(dump.read_bytes()[:-5000])
        sums = run("sha256sum", *sorted(path.name for path in self.backup.iterdir() if path.name != "SHA256SUMS"), cwd=self.backup)
        (self.backup / "SHA256SUMS").write_text(sums.stdout)
        before = self.rows()
        self.assertNotEqual(self.restore("--force", "--only", "users").returncode, 0)
        self.assertEqual(self.rows(), before)

    def test_nothing_is_overwritten_without_force(self):
        self.back_up("--only", "users")
        said = self.back_up("--only", "users")
        self.assertIn("is there already", said.stderr)
        said = self.restore()
        self.assertEqual(said.returncode, 1)
        self.assertIn("users: the database has 1 tables already", said.stderr)
        url = self.urls["AUTHENTICATOR_POSTGRES_URL"]
        before = self.rows()["users"]
        sql(url, "DELETE FROM things WHERE id > 5", "CREATE TABLE newer (id int)")
        self.assertEqual(self.restore("--force", "--dry-run").returncode, 0)
        self.assertEqual(sql(url, "SELECT count(*) FROM things"), "5")
        said = self.restore("--force")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual(self.rows()["users"], before)
        self.assertEqual(sql(url, "SELECT count(*) FROM pg_tables WHERE tablename = 'newer'"), "0")

    def test_services_at_work_are_not_disturbed(self):
        self.back_up()
        self.lose()
        self.double("docker", '[[ $* == *--services* ]] && printf "broker\\nnginx\\nlogger\\n"')
        said = self.restore()
        self.assertEqual((said.returncode, said.stderr), (1, "these use the databases: docker compose stop broker logger\n"))

    def test_what_cannot_be_dumped_leaves_no_backup(self):
        self.urls["OPERATIONS_POSTGRES_URL"] += "_gone"
        self.assertNotEqual(self.back_up().returncode, 0)
        self.assertFalse(self.backup.exists())

    def test_by_way_of_s3(self):
        cloud = Cloud()
        self.addCleanup(cloud.close)
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="kept")
        before = self.rows()["calls"]
        there = "s3://kept/backups/monday"
        more = {key: value for key, value in cloud.environment().items() if key.startswith("AWS_")} | self.urls
        said = self.run_in("deploy/backup", there, "--only", "calls", **more)
        self.assertEqual(said.returncode, 0, said.stderr)
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket="kept")["Contents"]]
        self.assertEqual(keys, ["backups/monday/SHA256SUMS", "backups/monday/calls.dump"])
        self.assertIn("has something already", self.run_in("deploy/backup", there, "--only", "calls", **more).stderr)
        self.lose()
        said = self.run_in("deploy/restore", there, **more)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual(sql(self.urls["BROKER_POSTGRES_URL"], "SELECT count(*) FROM things"), before.split("|")[0])


if __name__ == "__main__":
    unittest.main()

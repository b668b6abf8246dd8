"""What an instance does with itself: disk, secrets, nginx's site, the nightly backup. Its own programs (mount, blkid,
systemctl, docker, curl for the metadata) are doubled; secrets are kept by moto."""

import unittest

from cloud import Cloud, run
from place import Place


class Machine(Place):
    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud()
        cls.addClassCleanup(cls.cloud.close)

    def setUp(self):
        super().setUp()
        self.cloud.client("secretsmanager").create_secret(Name="switchboard/staging/secrets")
        self.addCleanup(lambda: self.cloud.client("secretsmanager").delete_secret(
            SecretId="switchboard/staging/secrets", ForceDeleteWithoutRecovery=True))
        for program in ("docker", "systemctl", "mount", "mkfs.xfs", "dnf"):
            self.double(program)
        self.double("mountpoint", "exit 1")
        self.double("curl", "echo i-0001")
        self.double("blkid", '[[ $* != *value* ]] || echo 11-22; [[ $* == *value* ]]')  # it is blank
        self.devices, self.fstab = self.root.parent / "devices", self.root.parent / "fstab"
        self.devices.mkdir()
        self.fstab.write_text("UUID=00 / xfs defaults 0 0\n")

    def go(self, *words, **environment):
        aws = {key: value for key, value in self.cloud.environment().items() if key.startswith("AWS_")}
        return self.run_in(*words, SWITCHBOARD_ENVIRONMENT="staging", SWITCHBOARD_DEVICES=str(self.devices),
                           SWITCHBOARD_FSTAB=str(self.fstab), **aws, **environment)

    def test_the_folder_of_secrets_is_the_same_elsewhere(self):
        said = self.go("deploy/ec2/prepare")
        self.assertEqual(said.returncode, 1)
        self.assertIn("has no value yet: deploy/secrets", said.stderr)
        run(self.root / "deploy/secrets", cwd=self.root)
        before = {path.name: path.read_text() for path in (self.root / "secrets").iterdir()}
        self.assertIn("would write", self.go("deploy/ec2/secrets", "--dry-run", "put", "staging").stdout)
        self.assertIn("has ./secrets", self.go("deploy/ec2/secrets", "put", "staging").stdout)
        self.assertIn("has it already", self.go("deploy/ec2/secrets", "put", "staging").stdout)
        # Another folder, drawn elsewhere, does not take its place by mistake; a certificate does.
        (self.root / "secrets/certificate.pem").write_text("one")
        self.assertIn("has ./secrets", self.go("deploy/ec2/secrets", "put", "staging").stdout)
        (self.root / "secrets/certificate.pem").unlink()
        self.assertIn("has ./secrets", self.go("deploy/ec2/secrets", "put", "staging").stdout)
        for name in ("redis.password", "signing.keys"):
            (self.root / "secrets" / name).write_text("another one")
        said = self.go("deploy/ec2/secrets", "put", "staging")
        self.assertEqual((said.returncode, "than ./secrets of: redis.password signing.keys. " in said.stderr), (1, True), said.stderr)
        self.assertIn("has ./secrets", self.go("deploy/ec2/secrets", "--force", "put", "staging").stdout)
        for name in ("redis.password", "signing.keys"):
            (self.root / "secrets" / name).write_text(before[name])
        self.assertIn("has ./secrets", self.go("deploy/ec2/secrets", "--force", "put", "staging").stdout)
        for path in (self.root / "secrets").iterdir():
            path.unlink()
        said = self.go("deploy/ec2/prepare", SWITCHBOARD_PROXIES="10.77.0.0/16")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual({path.name: path.read_text() for path in (self.root / "secrets").iterdir()}, before)
        self.assertEqual((self.root / "secrets").stat().st_mode & 0o777, 0o700)
        # And nginx believes the load balancer, said once however often this runs.
        self.assertEqual(self.go("deploy/ec2/prepare", SWITCHBOARD_PROXIES="10.77.0.0/16").returncode, 0)
        said = (self.root / "nginx/compose/http.conf").read_text()
        self.assertEqual(said.count("set_real_ip_from 10.77.0.0/16;"), 1)
        self.assertEqual((self.root / "nginx/site/listen.conf").read_text().count("keepalive_timeout"), 1)
        checked = run(self.root / "nginx/check")
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_a_certificate_for_development_takes_the_place_of_its_like_only(self):
        tls = self.root / "nginx/tls"
        self.assertEqual(self.run_in("nginx/dev-certificate").returncode, 0)
        first = (tls / "key.pem").read_text()
        self.assertIn("is still good", self.run_in("nginx/dev-certificate").stdout)
        self.assertEqual(self.run_in("nginx/dev-certificate", "one.example").returncode, 0)
        self.assertNotEqual((tls / "key.pem").read_text(), first)
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
            "-subj", "/CN=one.example", "-keyout", tls / "key.pem", "-out", tls / "certificate.pem")
        real = (tls / "key.pem").read_text()
        for names in ([], ["one.example"]):  # it is good for two days more
            said = self.run_in("nginx/dev-certificate", *names)
            self.assertEqual((said.returncode, (tls / "key.pem").read_text()), (1, real), said.stdout)

    def test_the_disk_is_attached_made_and_mounted_once(self):
        ec2 = self.cloud.client("ec2")
        disk = ec2.create_volume(AvailabilityZone="us-east-1a", Size=10)["VolumeId"]
        run(self.root / "deploy/secrets", cwd=self.root)
        self.go("deploy/ec2/secrets", "put", "staging")
        device = self.devices / f"nvme-Amazon_Elastic_Block_Store_{disk.replace('-', '')}"
        # moto has no instance of the metadata's name: attaching is doubled, the rest of aws is not.
        aws = run("which", "aws", env=self.cloud.environment()).stdout.strip()
        self.double("aws", f'case "$*" in "ec2 attach-volume"*) touch "{device}" ;; *) exec {aws} "$@" ;; esac')
        said = self.go("deploy/ec2/prepare", SWITCHBOARD_DISK=disk)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn(f"aws ec2 attach-volume --volume-id {disk} --instance-id i-0001 --device /dev/sdf", self.called())
        self.assertIn(f"mkfs.xfs -q {device}", self.called())
        self.assertIn("mount /var/lib/docker/volumes", self.called())
        self.double("mountpoint")  # as it is from now on
        calls = len(self.called())
        self.assertEqual(self.go("deploy/ec2/prepare", SWITCHBOARD_DISK=disk).returncode, 0)
        again = [call.split()[0] for call in self.called()[calls:]]
        self.assertTrue({"mkfs.xfs", "mount"}.isdisjoint(again), again)
        self.assertEqual(self.fstab.read_text().count("UUID=11-22 /var/lib/docker/volumes xfs"), 1)

    def test_a_backup_every_night(self):
        units = self.root.parent / "units"
        units.mkdir()
        said = self.go("deploy/ec2/nightly", self.root, SWITCHBOARD_UNITS=str(units), SWITCHBOARD_BUCKET="kept", SWITCHBOARD_DISK="vol-1")
        self.assertEqual(said.returncode, 0, said.stderr)
        service = (units / "switchboard-backup.service").read_text()
        self.assertIn(f"WorkingDirectory={self.root}\n", service)
        self.assertIn('deploy/backup "s3://kept/backups/$(date --utc +%%Y-%%m-%%dT%%H%%M%%SZ)"', service)
        self.assertIn("systemctl enable --now switchboard-backup.timer", self.called())
        said = self.go("deploy/ec2/nightly", self.root, SWITCHBOARD_UNITS=str(units / "none"), SWITCHBOARD_DISK="none")
        self.assertEqual((said.returncode, said.stdout), (0, "the engines are elsewhere, and so are their backups\n"))


if __name__ == "__main__":
    unittest.main()

import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "throughput on a volume type that doesn't support it",
    mutate: (f) => (f.images.base.rootVolume = { type: "gp2", throughputMibps: 200 }),
    problems: [
      "images.base.rootVolume.throughputMibps: is only for gp3: the volume's type is gp2, got: 200 [root-volume-settings]",
    ],
  },
  {
    title: "default throughput on a volume type that doesn't support it",
    mutate: (f) => {
      f.defaults = { rootVolume: { throughputMibps: 200 } };
      f.images.base.rootVolume = { type: "io1", iops: 100 };
    },
    problems: [
      "images.base.rootVolume.throughputMibps: is only for gp3: the volume's type is io1, got: 200 [root-volume-settings]",
    ],
  },
  {
    title: "IOPS on a volume type that doesn't support them",
    mutate: (f) => (f.images.base.rootVolume = { type: "gp2", iops: 3_000 }),
    problems: [
      "images.base.rootVolume.iops: is only for gp3, io1, io2: the volume's type is gp2, got: 3000 [root-volume-settings]",
    ],
  },
  {
    title: "missing IOPS on a volume type that requires them",
    mutate: (f) => (f.images.base.rootVolume = { type: "io2" }),
    problems: [
      "images.base.rootVolume.iops: is missing: the volume's type io2 requires it [root-volume-settings]",
    ],
  },
  {
    title: "an unknown volume type",
    mutate: (f) => (f.images.base.rootVolume = { type: "st1" }),
    problems: ['images.base.rootVolume.type: must be gp2, gp3, io1, io2 or standard, got: "st1"'],
  },
  {
    title: "a parent whose root device isn't known",
    mutate: (f) => (f.images.base.parent = { awsManaged: "centos-stream-10-x86" }),
    problems: [
      "images.base.rootVolume.device: is missing: the factory doesn't know the root device of this parent. Run `aws ec2 describe-images` and copy RootDeviceName exactly: with another name, Image Builder wouldn't encrypt the root volume with the image key [root-device-known]",
    ],
  },
  {
    title: "too few IOPS for gp3",
    mutate: (f) => (f.images.base.rootVolume = { iops: 100 }),
    problems: [
      "images.base.rootVolume.iops: must be at least 3000 for gp3, got: 100 [root-volume-settings]",
    ],
  },
  {
    title: "a root volume that is smaller than its golden parent's",
    mutate: (f) => {
      f.images.base.rootVolume = { sizeGib: 60 };
      f.images.web.rootVolume = { sizeGib: 8 };
    },
    problems: [
      "images.web.rootVolume.sizeGib: must be at least 60 GiB, the size of the volume of its parent, got: 8 [root-volume-size]",
    ],
  },
  {
    title: "a root volume that is smaller than the AWS-managed parent's",
    mutate: (f) => {
      f.images.base.rootVolume = { sizeGib: 7 };
      f.images.web.rootVolume = { sizeGib: 7 };
    },
    problems: [
      "images.base.rootVolume.sizeGib: must be at least 8 GiB, the size of the volume of amazon-linux-2023-x86, got: 7 [root-volume-size]",
      "images.web.rootVolume.sizeGib: must be at least 8 GiB, the size of the volume of amazon-linux-2023-x86, got: 7 [root-volume-size]",
    ],
  },
  {
    title: "data volumes that can't be created",
    mutate: (f) => {
      f.images.base.volumes = [
        { device: "/dev/xvda", sizeGib: 10 },
        { device: "/dev/sdf", sizeGib: 10, type: "gp2", iops: 3_000 },
        { device: "/dev/sdf", snapshots: { "us-east-1": "snap-0123456789abcdef0" } },
        { device: "/dev/sdg" },
      ];
    },
    problems: [
      "images.base.volumes[1].iops: is only for gp3, io1, io2: the volume's type is gp2, got: 3000 [volume-settings]",
      'images.base.volumes[0].device: is the root volume\'s device: set rootVolume instead, got: "/dev/xvda" [volume-device-unique]',
      'images.base.volumes[2].device: is already the device of another volume, got: "/dev/sdf" [volume-device-unique]',
      "images.base.volumes[3].sizeGib: is missing: a volume without snapshots needs a size [volume-has-size]",
      "images.base.volumes[2].snapshots: must contain a snapshot for eu-west-1, which builds the image [snapshot-in-each-region]",
    ],
  },
  {
    title: "a data volume that is smaller than the golden parent's",
    mutate: (f) => {
      f.images.base.volumes = [{ device: "/dev/sdf", sizeGib: 100 }];
      f.images.web.volumes = [{ device: "/dev/sdf", sizeGib: 10 }];
    },
    problems: [
      "images.web.volumes[0].sizeGib: must be at least 100 GiB, the size of its golden parent's volume, got: 10 [volume-size]",
    ],
  },
  {
    title: "more throughput and IOPS than Amazon EBS allows",
    mutate: (f) => {
      f.images.base.volumes = [
        { device: "/dev/sdf", sizeGib: 100, throughputMibps: 1_000 },
        { device: "/dev/sdg", sizeGib: 10, type: "io1", iops: 600 },
      ];
    },
    problems: [
      "images.base.volumes[0].throughputMibps: must be at most 750 MiB per second, a quarter of the IOPS (3000), got: 1000 [volume-settings]",
      "images.base.volumes[1].iops: must be at most 500 for 10 GiB of io1 (50 per GiB), got: 600 [volume-settings]",
    ],
  },
  {
    title: "an invalid snapshot ID",
    mutate: (f) =>
      (f.images.base.volumes = [
        { device: "/dev/sdf", snapshots: { "eu-west-1": "ami-0123456789abcdef0" } },
      ]),
    problems: [
      'images.base.volumes[0].snapshots.eu-west-1: must be a snapshot ID such as snap-0123456789abcdef0, got: "ami-0123456789abcdef0"',
    ],
  },
  {
    title: "a user data file that doesn't exist",
    mutate: (f) => (f.images.base.userData = "start.sh"),
    problems: [
      'images.base.userData: must be an existing file, relative to the factory file, got: "start.sh" [file-exists]',
    ],
  },
  {
    title: "removeSsmAgent on Windows",
    mutate: (f) => {
      f.images.win = {
        parent: { awsManaged: "windows-server-2025-english-full-base-x86" },
        version: "1.0",
        components: [{ awsManaged: "update-windows" }],
      };
      f.images.win.removeSsmAgent = true;
    },
    problems: [
      "warning: images.win.removeSsmAgent: has no effect on Windows: Image Builder keeps the agent [ssm-agent-on-windows]",
    ],
  },
  {
    title: "a root device that differs from the AWS-managed parent's, and from a golden parent's",
    mutate: (f) => {
      f.images.base.rootVolume = { device: "/dev/sda1" };
      f.images.web.parent = { awsManaged: "ubuntu-server-24-lts-x86" };
      f.images.web.rootVolume = { device: "/dev/xvda" };
      f.appAccounts.payments.images["payments-web"].rootVolume = { device: "/dev/sdb" };
    },
    problems: [
      'images.base.rootVolume.device: must be /dev/xvda, the root device of amazon-linux-2023-x86, or left out, got: "/dev/sda1" [root-device-of-parent]',
      'images.web.rootVolume.device: must be /dev/sda1, the root device of ubuntu-server-24-lts-x86, or left out, got: "/dev/xvda" [root-device-of-parent]',
      'appAccounts.payments.images.payments-web.rootVolume.device: must be /dev/xvda, the root device of amazon-linux-2023-x86, or left out, got: "/dev/sdb" [root-device-of-parent]',
    ],
  },
  {
    title: "a root device that differs from that of a golden parent on an AMI",
    mutate: (f) => {
      f.images.base.parent = { ami: { "eu-west-1": "ami-0123456789abcdef0" } };
      f.images.base.rootVolume = { device: "/dev/sda1" };
      f.images.base.volumes = [];
      f.images.web.rootVolume = { device: "/dev/xvda" };
    },
    problems: [
      'images.web.rootVolume.device: must be /dev/sda1, the root device of base, or left out, got: "/dev/xvda" [root-device-of-parent]',
    ],
  },
  {
    title: "an AMI parent whose volumes aren't listed, as a warning",
    mutate: (f) => {
      f.images.base.parent = { ami: { "eu-west-1": "ami-0123456789abcdef0" } };
      f.images.base.rootVolume = { device: "/dev/xvda" };
    },
    problems: [
      "warning: images.base.volumes: isn't set: volumes of the parent other than its root volume wouldn't be encrypted with the image key. List them here, or set volumes to [] if there are none [parent-volumes-listed]",
    ],
  },
]);

/** Names and texts of the factory that the example is about. */
import type { CatalogueComponent, CatalogueParent } from "./schema";

/** When the catalogue is generated. */
export const NOW = Date.parse("2026-11-27T06:00:00.000Z");

export const REGIONS = ["eu-west-1", "us-east-1"];
export const ORGANIZATION = "o-a1b2c3d4e5";
export const UNITS = ["ou-a1b2-11111111", "ou-a1b2-22222222", "ou-a1b2-33333333"] as const;
/** An account that isn't in the organization. */
export const OUTSIDE = "888877776666";

/** Returns an item of a list, which starts again after its last one. */
export function itemAt<T>(list: readonly [T, ...T[]], index: number): T {
  return list[index % list.length] ?? list[0];
}

/** Renders a time as the catalogue does. */
export function at(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Where the packages of an image come from. */
export type Distribution = "amazon-linux" | "ubuntu" | "windows" | "container";

/** An image of the example, without what its builds decide. */
export interface Blueprint {
  readonly name: string;
  readonly kind: "image" | "container";
  readonly description: string;
  readonly platform: string;
  readonly distribution: Distribution;
  readonly parent: CatalogueParent;
  readonly components: readonly CatalogueComponent[];
  readonly version: string;
}

function managed(name: string): CatalogueParent {
  return { kind: "awsManaged", name };
}

export function golden(name: string): CatalogueParent {
  return { kind: "golden", name };
}

export function own(name: string, version: string): CatalogueComponent {
  return { kind: "document", name, version };
}

function ofAws(name: string): CatalogueComponent {
  return { kind: "awsManaged", name, version: "x.x.x" };
}

export const BLUEPRINTS: readonly Blueprint[] = [
  {
    name: "amazon-linux-2023",
    kind: "image",
    description: "Amazon Linux 2023, hardened",
    platform: "Linux",
    distribution: "amazon-linux",
    parent: managed("amazon-linux-2023-x86"),
    components: [
      ofAws("update-linux"),
      own("hardening-linux", "1.4.0"),
      own("cloudwatch-agent", "1.2.1"),
    ],
    version: "1.0",
  },
  {
    name: "amazon-linux-2023-arm",
    kind: "image",
    description: "Amazon Linux 2023 for Graviton, hardened",
    platform: "Linux",
    distribution: "amazon-linux",
    parent: managed("amazon-linux-2023-arm64"),
    components: [ofAws("update-linux"), own("hardening-linux", "1.4.0")],
    version: "1.0",
  },
  {
    name: "ubuntu-24",
    kind: "image",
    description: "Ubuntu 24.04 LTS with the CIS level 1 profile",
    platform: "Linux",
    distribution: "ubuntu",
    parent: {
      kind: "ssm",
      name: "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    },
    components: [ofAws("update-linux"), own("cis-ubuntu", "2.0.3")],
    version: "2.1",
  },
  {
    name: "java-21",
    kind: "image",
    description: "Corretto 21 on the hardened Amazon Linux",
    platform: "Linux",
    distribution: "amazon-linux",
    parent: golden("amazon-linux-2023"),
    components: [ofAws("amazon-corretto-21-jdk"), own("jvm-defaults", "1.1.0")],
    version: "1.2",
  },
  {
    name: "web-server",
    kind: "image",
    description: "nginx with the company's TLS settings",
    platform: "Linux",
    distribution: "amazon-linux",
    parent: golden("amazon-linux-2023"),
    components: [own("nginx", "1.27.0")],
    version: "1.0",
  },
  {
    name: "postgres-16",
    kind: "image",
    description: "PostgreSQL 16 for teams that run their own",
    platform: "Linux",
    distribution: "amazon-linux",
    parent: golden("amazon-linux-2023-arm"),
    components: [own("postgresql", "16.4.0"), own("backup-agent", "3.0.2")],
    version: "1.0",
  },
  {
    name: "gpu-training",
    kind: "image",
    description: "Drivers and libraries for training on GPUs",
    platform: "Linux",
    distribution: "ubuntu",
    parent: golden("ubuntu-24"),
    components: [own("nvidia-driver", "570.12.0"), own("cuda-toolkit", "12.6.0")],
    version: "0.9",
  },
  {
    name: "windows-2025",
    kind: "image",
    description: "Windows Server 2025, hardened",
    platform: "Windows",
    distribution: "windows",
    parent: managed("windows-server-2025-english-full-base-x86"),
    components: [ofAws("update-windows"), own("hardening-windows", "1.0.7")],
    version: "2025.1",
  },
  {
    name: "iis-2025",
    kind: "image",
    description: "IIS on the hardened Windows Server",
    platform: "Windows",
    distribution: "windows",
    parent: golden("windows-2025"),
    components: [own("iis", "1.0.2")],
    version: "1.0",
  },
  {
    name: "runtime",
    kind: "container",
    description: "Base of all containers",
    platform: "Linux",
    distribution: "container",
    parent: { kind: "registry", name: "public.ecr.aws/amazonlinux/amazonlinux:2023" },
    components: [ofAws("update-linux"), own("ca-certificates", "1.0.0")],
    version: "1.0",
  },
  {
    name: "node-24",
    kind: "container",
    description: "Node.js 24 on the base container",
    platform: "Linux",
    distribution: "container",
    parent: golden("runtime"),
    components: [own("nodejs", "24.2.0")],
    version: "1.0",
  },
];

export const TEAMS = [
  "payments",
  "orders",
  "identity",
  "search",
  "data-platform",
  "mobile-api",
  "machine-learning",
  "back-office",
  "sandbox",
] as const;

/** Source packages of Linux, whose versions change now and then. */
export const PACKAGES = [
  ..."openssl curl glibc systemd bash coreutils zlib ncurses readline popt file".split(" "),
  ..."kernel openssh sudo python3 python3-pip perl vim nano tar gzip xz which less".split(" "),
  ..."rpm dnf ca-certificates krb5 libxml2 expat sqlite gnutls nettle libgcrypt".split(" "),
  ..."pam shadow-utils util-linux e2fsprogs xfsprogs lvm2 device-mapper iproute iptables".split(
    " ",
  ),
  ..."chrony rsyslog audit amazon-ssm-agent amazon-cloudwatch-agent cloud-init ec2-utils".split(
    " ",
  ),
  ..."acl attr bzip2 cracklib cryptsetup dbus diffutils dmidecode dracut elfutils ethtool".split(
    " ",
  ),
  ..."findutils freetype gawk gdbm gettext git gmp groff grub2 gssproxy hostname hunspell".split(
    " ",
  ),
  ..."irqbalance jansson json-c kbd keyutils kmod libcap libevent libidn2 libpng libseccomp".split(
    " ",
  ),
  ..."libssh libtirpc libuv libyaml lmdb lsof lz4 mpfr net-tools nfs-utils nghttp2 nspr nss".split(
    " ",
  ),
  ..."numactl openldap p11-kit patch pciutils pcre2 policycoreutils procps-ng psmisc quota".split(
    " ",
  ),
  ..."rpcbind rsync screen sed slang strace sysstat tcpdump tzdata unzip usermode wget zstd".split(
    " ",
  ),
];

/** Updates and programs of Windows. */
export const UPDATES = [
  ...Array.from({ length: 60 }, (_, index) => `KB${5_040_000 + index * 137}`),
  ..."AmazonSSMAgent AmazonCloudWatchAgent EC2Launch AWSPVDriver AWSNVMe ENA PowerShell".split(" "),
];

export const FINDINGS = [
  ["CVE-2026-31044 - openssl-libs", "high"],
  ["CVE-2026-29871 - libcurl", "medium"],
  ["CVE-2026-30512 - glibc", "medium"],
  ["CVE-2026-27733 - kernel", "critical"],
  ["CVE-2026-22019 - python3-libs", "low"],
  ["CVE-2026-18840 - sudo", "high"],
  ["CVE-2026-31970 - expat", "low"],
  ["CVE-2026-25568 - systemd", "medium"],
] as const;

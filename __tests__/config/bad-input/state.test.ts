import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "a bucket name without {account}",
    mutate: (f) => (f.state.bucket = "acme"),
    problems: [
      'state.bucket: must contain {account}, because each account has its own bucket, got: "acme"',
    ],
  },
  {
    title: "a bucket name with capital letters",
    mutate: (f) => (f.state.bucket = "Acme-{account}"),
    problems: [
      'state.bucket: must be a bucket name: 3 to 63 lower-case letters, digits, hyphens and dots, once {account} is replaced by 12 digits, got: "Acme-{account}"',
    ],
  },
  {
    title: "a bucket name that is too long once {account} is replaced",
    mutate: (f) => (f.state.bucket = `${"a".repeat(52)}{account}`),
    problems: [
      'state.bucket: must be a bucket name: 3 to 63 lower-case letters, digits, hyphens and dots, once {account} is replaced by 12 digits, got: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{account}"',
    ],
  },
  {
    title: "an unknown backend",
    mutate: (f) => (f.state = { backend: "gcs" }),
    problems: ['state.backend: must be s3, cloud or local, got: "gcs"'],
  },
  {
    title: "a key of another backend",
    mutate: (f) => (f.state = { backend: "local", bucket: "b" }),
    problems: ["state: unknown key 'bucket': there are no other keys with backend: local"],
  },
]);

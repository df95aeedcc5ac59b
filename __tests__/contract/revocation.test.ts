import { isRevocationInherited, revocationOf } from "../../contract/revocation";

const NOW = Date.UTC(2026, 11, 1);

test.each([
  ["a build without tags", {}, undefined, false],
  ["a revoked build", { "golden-image:revoked": "INC-7" }, "INC-7", true],
  ["a build that is revoked alone", { "golden-image:revoked-only": "INC-7" }, "INC-7", false],
  [
    "a build with a revoked ancestor",
    { "golden-image:revoked-by": "arn:os/1.0.0/1" },
    "is based on arn:os/1.0.0/1, which was revoked",
    true,
  ],
  [
    "a build whose time has come",
    { "golden-image:revoke-at": "2026-12-01T00:00:00Z INC-7" },
    "scheduled for 2026-12-01T00:00:00Z INC-7",
    true,
  ],
  [
    "a build whose time hasn't come",
    { "golden-image:revoke-at": "2026-12-01T00:00:01Z INC-7" },
    undefined,
    false,
  ],
  [
    "a build with a typo in its time, at once",
    { "golden-image:revoke-at": "tomorrow" },
    "scheduled for tomorrow",
    true,
  ],
])("revocationOf describes %s", (_case, tags, revocation, isInherited) => {
  expect(revocationOf(tags, NOW)).toBe(revocation);
  expect(isRevocationInherited(tags, NOW)).toBe(isInherited);
});

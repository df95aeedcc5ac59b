import fc from "fast-check";
import type { Package } from "../../contract/packages";
import { comparePackages, compareVersions, type PackageChange } from "../../contract/packages";
import { propertyRuns, propertySeed } from "../../tools/fixtures/property-runs";
import { compareDebian, compareRpm } from "./package-versions";

const RUNS = { numRuns: propertyRuns(4_000), seed: propertySeed() };

test.each([
  ["3.0.7-27.amzn2023.0.1", "3.0.7-27.amzn2023.0.2", "up"],
  ["5.2.15-1.el9", "5.2.9-1.el9", "down"],
  ["1:9.2p1-2+deb12u2", "1:9.2p1-2+deb12u3", "up"],
  ["1:2.0-1", "2:1.0-1", "up"],
  ["10.0.20348.1", "10.0.20348.2227", "up"],
  ["99999999999999999998", "99999999999999999999", "up"],
  // Only one has an epoch, which is higher than none.
  ["1:2.0", "3.0", "changed"],
  // dpkg compares 1.2 with 1.2-4, because the revision is what follows the last hyphen.
  ["1.2-5", "1.2-4-1", "changed"],
  ["1.0~rc1", "1.0", "changed"],
  ["1.0", "1.0.1", "changed"],
  ["1.0a", "1.0b", "changed"],
  ["1.0.1", "1.0.01", "changed"],
  ["", "1", "changed"],
] as const)("compareVersions from %s to %s is %s", (from, to, step) => {
  expect(compareVersions(from, to)).toBe(step);
});

const character = fc.constantFrom(..."0123456789999ab.-+~^:");
const version = fc.string({ unit: character, maxLength: 8 });
/** Versions that begin alike: others seldom show how the rest is compared. */
const versions = fc
  .tuple(fc.string({ unit: character, maxLength: 4 }), version, version)
  .map(([prefix, one, other]) => [prefix + one, prefix + other] as const);
/** An epoch is a number, which ends at the only colon. */
const isVersion = (text: string): boolean => /^(\d+:)?[^:]*$/.test(text);

test("compareVersions knows a higher version only if dpkg and rpm both order it so", () => {
  let compared = 0;
  fc.assert(
    fc.property(versions, ([from, to]) => {
      fc.pre(isVersion(from) && isVersion(to));
      const step = compareVersions(from, to);
      if (step === "changed") return;
      compared += 1;
      const expected = step === "up" ? -1 : 1;
      expect([compareDebian(from, to), compareRpm(from, to)]).toEqual([expected, expected]);
    }),
    RUNS,
  );
  expect(compared).toBeGreaterThan(RUNS.numRuns / 50);
});

test("comparePackages counts a package of several architectures once, and lists several versions of one", () => {
  expect(
    comparePackages(
      [
        { name: "kernel", version: "6.1" },
        { name: "kernel", version: "6.2" },
        { name: "glibc", version: "2.34" },
        { name: "nano", version: "7" },
        { name: "bash", version: "5.2" },
      ],
      [
        { name: "kernel", version: "6.3" },
        { name: "kernel", version: "6.2" },
        { name: "glibc", version: "2.34" },
        { name: "glibc", version: "2.34" },
        { name: "bash", version: "5.1" },
        { name: "zsh", version: "5" },
      ],
    ),
  ).toEqual({
    up: [],
    down: [{ name: "bash", from: ["5.2"], to: ["5.1"] }],
    changed: [{ name: "kernel", from: ["6.1", "6.2"], to: ["6.2", "6.3"] }],
    added: [{ name: "zsh", from: [], to: ["5"] }],
    removed: [{ name: "nano", from: ["7"], to: [] }],
  });
});

const hostile = fc.constantFrom("bash", "openssl", "constructor", "__proto__", "a\nb", "");
const packages: fc.Arbitrary<Package[]> = fc.array(
  fc.record({ name: hostile, version: fc.constantFrom("1", "2", "1.0", "1\n2", "") }),
  { maxLength: 8 },
);

function keysOf(list: readonly Package[]): string[] {
  return [...new Set(list.map(({ name, version }) => JSON.stringify([name, version])))].sort();
}

test("comparePackages is exact: the difference turns the earlier packages into the later ones", () => {
  fc.assert(
    fc.property(packages, packages, (from, to) => {
      const difference = comparePackages(from, to);
      const changes: PackageChange[] = Object.values(difference).flat();
      const names = changes.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const kept = from.filter(({ name }) => !names.includes(name));
      const later = changes.flatMap(({ name, to: list }) =>
        list.map((one: string) => ({ name, version: one })),
      );
      expect(keysOf([...kept, ...later])).toEqual(keysOf(to));
      for (const change of changes) {
        const earlier = from.filter(({ name }) => name === change.name);
        expect(keysOf(change.from.map((version) => ({ name: change.name, version })))).toEqual(
          keysOf(earlier),
        );
      }
      expect(comparePackages(to, from)).toEqual({
        up: difference.down.map(turned),
        down: difference.up.map(turned),
        changed: difference.changed.map(turned),
        added: difference.removed.map(turned),
        removed: difference.added.map(turned),
      });
    }),
    RUNS,
  );
});

function turned<T extends { readonly from: unknown; readonly to: unknown }>(change: T) {
  return { ...change, from: change.to, to: change.from };
}

import fc from "fast-check";
import { PackageTable, packagesOf, unpack } from "../../catalogue/package-table";
import { propertySeed } from "../../tools/fixtures/property-runs";

test("PackageTable keeps each package once, and writes rows of positions as pairs", () => {
  const table = new PackageTable();
  const all = ["a", "b", "c", "d", "e", "f"].map((name) => ({ name, version: "1" }));
  expect(table.positionsOf(all)).toEqual([[0, 5]]);
  expect(table.positionsOf(all.filter(({ name }) => name !== "c").toReversed())).toEqual([
    0,
    1,
    [3, 5],
  ]);
  expect(table.positionsOf([{ name: "c", version: "2" }])).toEqual([6]);
  expect(table.list).toHaveLength(7);
});

test("packagesOf returns the packages that PackageTable was given, each once", () => {
  const part = fc.constantFrom("bash", "openssl", "1", "2", "", "a\nb");
  const list = fc.array(fc.record({ name: part, version: part }));
  fc.assert(
    fc.property(fc.array(list), (lists) => {
      const table = new PackageTable();
      const stored = lists.map((packages) => ({ packages: table.positionsOf(packages) }));
      for (const [index, build] of stored.entries()) {
        const keys = (packages: readonly object[]): string[] =>
          [...new Set(packages.map((one) => JSON.stringify(one)))].sort();
        expect(keys(packagesOf(table.list, build))).toEqual(keys(lists[index] ?? []));
        expect(unpack(build.packages)).toHaveLength(keys(lists[index] ?? []).length);
      }
    }),
    { seed: propertySeed() },
  );
});

import { table, widthOf } from "../../cli/table";

const ROWS = [
  ["Region", "build", "parent", "AMIs or containers", "approved for"],
  [
    "eu-west-1",
    "1.0.3/2",
    "base 1.0.3/2",
    "ami-0123456789abcdef0",
    "stable (CHG-1), partners (CHG-2)",
  ],
  ["eu-west-1", "1.0.3/1", "base 1.0.3/1", "ami-0123456789abcdef1", "-"],
];

describe("table", () => {
  test("keeps each row in one line with whole values where the output isn't a terminal", () => {
    expect(table(ROWS, Number.POSITIVE_INFINITY)).toBe(
      `Region     build    parent        AMIs or containers     approved for
eu-west-1  1.0.3/2  base 1.0.3/2  ami-0123456789abcdef0  stable (CHG-1), partners (CHG-2)
eu-west-1  1.0.3/1  base 1.0.3/1  ami-0123456789abcdef1  -`,
    );
  });

  test("wraps the widest cells at spaces in a terminal of 80 columns", () => {
    expect(table(ROWS, 80)).toBe(
      `Region     build    parent        AMIs or containers     approved for
eu-west-1  1.0.3/2  base 1.0.3/2  ami-0123456789abcdef0  stable (CHG-1),
                                                         partners (CHG-2)
eu-west-1  1.0.3/1  base 1.0.3/1  ami-0123456789abcdef1  -`,
    );
  });

  test("prints the last cells below the others if wrapping isn't enough, and leaves out empty ones", () => {
    expect(table(ROWS, 48)).toBe(
      `Region     build    parent
eu-west-1  1.0.3/2  base 1.0.3/2
  AMIs or containers: ami-0123456789abcdef0
  approved for: stable (CHG-1), partners
    (CHG-2)
eu-west-1  1.0.3/1  base 1.0.3/1
  AMIs or containers: ami-0123456789abcdef1`,
    );
  });

  test("fits a status with long names into 80 columns", () => {
    const status = [
      ["Region", "image", "channel", "audience", "desired", "shared", "newest age"],
      [
        ...["eu-central-1", "amazon-linux-2023", "stable", "ou-abcd-11111111"],
        ...["1.0.13/2 1.0.12/1", "1.0.12/1 (kept until a build can replace it)", "12 days"],
      ],
    ];
    expect(table(status, 80)).toBe(
      `Region        image              channel  audience          desired
eu-central-1  amazon-linux-2023  stable   ou-abcd-11111111  1.0.13/2 1.0.12/1
  shared: 1.0.12/1 (kept until a build can replace it)
  newest age: 12 days`,
    );
  });

  test("never cuts a value, in however narrow a terminal", () => {
    const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "-");
    const values = words(ROWS.slice(1).flat().join(" "));
    for (let width = 1; width <= 120; width += 1)
      expect(words(table(ROWS, width))).toEqual(expect.arrayContaining(values));
  });

  test.each([60, 70, 80, 100])("fits %d columns", (width) => {
    for (const line of table(ROWS, width).split("\n"))
      expect(line.length).toBeLessThanOrEqual(width);
  });
});

test.each([
  [{ isTTY: true, columns: 132 }, 132],
  [{ isTTY: true, columns: 0 }, 80],
  [{ isTTY: false, columns: 80 }, Number.POSITIVE_INFINITY],
  [{}, Number.POSITIVE_INFINITY],
])("widthOf of %j is %d", (stream, width) => {
  expect(widthOf(stream as NodeJS.WriteStream)).toBe(width);
});

import * as fc from "fast-check";
import { redact } from "../../../../cli/proof/assumptions/redact";
import { type AssumptionsReport, renderMarkdown } from "../../../../cli/proof/assumptions/render";
import { propertyRuns, propertySeed } from "../../../../tools/fixtures/property-runs";

const NONE: ReadonlyMap<string, string> = new Map();

test.each([
  [
    "principals, accounts and organizations of a denial",
    "AccessDeniedException: User: arn:aws:sts::333333333333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/jane.doe@acme.example is not authorized to perform: imagebuilder:CreateComponent on resource: arn:aws:imagebuilder:eu-west-1:111111111111:component/golden-image-factory-prove-1-empty/1.0.0/1 with an explicit deny in a service control policy: arn:aws:organizations::999999999999:policy/o-abcdefghij/service_control_policy/p-12345678",
    "AccessDeniedException: User: PRINCIPAL is not authorized to perform: imagebuilder:CreateComponent on resource: arn:aws:imagebuilder:eu-west-1:OWNER:component/golden-image-factory-prove-1-empty/1.0.0/1 with an explicit deny in a service control policy: arn:aws:organizations::ACCOUNT:policy/ORGANIZATION/service_control_policy/p-12345678",
  ],
  [
    "the encoded message of EC2",
    "UnauthorizedOperation: You are not authorized to perform this operation. Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm",
    "UnauthorizedOperation: You are not authorized to perform this operation. Encoded authorization failure message: (removed)",
  ],
  [
    "roles, except those of experiments and of AWS",
    "cannot pass arn:aws:iam::111111111111:role/golden-image-factory-prove-1-build, nor arn:aws:iam::111111111111:role/team/deploy, nor arn:aws:iam::111111111111:role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder",
    "cannot pass arn:aws:iam::OWNER:role/golden-image-factory-prove-1-build, nor PRINCIPAL, nor arn:aws:iam::OWNER:role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder",
  ],
  [
    "organizational units, and nothing that only looks like one",
    "accounts under o-abcdefghij/r-ab12/ou-ab12-cdefgh34/ in ami-0123456789abcdef0, eu-west-1, no-organization",
    "accounts under ORGANIZATION/ROOT/OU/ in ami-0123456789abcdef0, eu-west-1, no-organization",
  ],
])("redact replaces %s", (_what, text, expected) => {
  expect(redact(text, new Map([["111111111111", "OWNER"]]))).toBe(expected);
});

const DIGITS = [..."0123456789"];
const ALPHANUMERIC = [..."abcdefghijklmnopqrstuvwxyz0123456789"];

function text(characters: readonly string[], minLength: number, maxLength: number) {
  return fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });
}

const account = text(DIGITS, 12, 12);
const name = text([...ALPHANUMERIC, "-", "_"], 8, 20).map((one) => `Q${one}`);
const organization = text(ALPHANUMERIC, 10, 32).map((one) => `o-${one}`);
const root = text(ALPHANUMERIC, 4, 32).map((one) => `r-${one}`);
const unit = fc
  .tuple(text(ALPHANUMERIC, 4, 32), text(ALPHANUMERIC, 8, 32))
  .map(([one, other]) => `ou-${one}-${other}`);
const address = fc.tuple(name, name).map(([one, other]) => `${one}.x@${other}.example`);

/** A message of AWS, and its parts that must not be published. */
const message = fc
  .record({ account, other: account, role: name, session: address, organization, root, unit })
  .chain(({ account: id, other, role, session, organization: org, root: top, unit: ou }) =>
    fc.constantFrom(
      [
        `User: arn:aws:sts::${id}:assumed-role/${role}/${session} is not authorized to perform: x on resource: arn:aws:x:eu-west-1:${other}:y/z`,
        [id, role, session, other],
      ],
      [`(arn:aws-us-gov:iam::${id}:user/${role}) can't be used by "${other}"`, [id, role, other]],
      [`arn:aws-cn:iam::${id}:role/path/${role}: ${session}`, [id, role, session]],
      [
        `arn:aws:organizations::${id}:ou/${org}/${ou} in ${org}/${top}/${ou}/`,
        [id, org, ou, `/${top}/`],
      ],
      [`account ${id},${other}; snapshots of '${session}'`, [id, other, session]],
    ),
  );

test("no report for an issue contains accounts, organizations, principals or e-mail addresses", () => {
  const runs = fc.property(
    fc.array(message, { minLength: 1, maxLength: 4 }),
    fc.constantFrom("reason", "answer", "evidence", "left"),
    (messages, where) => {
      const all = messages.map(([one]) => one as string);
      const markdown = renderMarkdown(reportWith(where, all), NONE);
      for (const secret of messages.flatMap(([, secrets]) => secrets as readonly string[]))
        expect(markdown).not.toContain(secret);
    },
  );
  fc.assert(runs, { numRuns: propertyRuns(1_000), seed: propertySeed() });
});

/** A report with texts of AWS in one place. */
function reportWith(where: string, texts: readonly string[]): AssumptionsReport {
  const joined = texts.join("\n");
  const experiment = {
    id: "root-devices",
    question: "Which?",
    assumed: "this",
    result: "differs",
    evidence: where === "evidence" ? texts : ["DescribeImages"],
    ...(where === "answer" && { answer: joined }),
    ...(where === "reason" && { reason: joined }),
    seconds: 1,
  } as const;
  return {
    date: "2026-11-29",
    region: "eu-west-1",
    owner: { name: "shared", id: "111111111111" },
    result: "differs",
    counts: { differs: 1, inconclusive: 0, "not-possible": 0, "as-assumed": 0 },
    experiments: [experiment],
    left: where === "left" ? [{ what: joined, command: joined, reason: joined }] : [],
    seconds: 1,
  };
}

/** Evidence that was changed in any place is never valid. */
import {
  checkStatement,
  InvalidEvidenceError,
  type VerifiedStatement,
} from "../../../cli/trust/check-statement";
import { keyIdOf } from "../../../contract/dsse";
import { recordBuild } from "../../../lambda/recorder/record";
import { BUILD, FakeRecorder, MANIFEST } from "../../../tools/fixtures/fake-recorder";
import { someCases } from "../../../tools/fixtures/property-runs";

const OTHER = BUILD.replace("1.0.3/2", "1.0.3/1");
const STATEMENT = "base/1.0.3/2/provenance.dsse.json";

const recorder = new FakeRecorder();
recorder.builds.set(OTHER, { ...recorder.builds.get(BUILD)!, arn: OTHER });
recorder.packages.set(OTHER, recorder.packages.get(BUILD) ?? []);
const { publicKey } = recorder;
const keys = [
  { accountId: "111111111111", region: "eu-west-1", keyid: keyIdOf(publicKey), publicKey },
];

beforeAll(async () => {
  for (const build of [BUILD, OTHER]) await recordBuild(recorder.aws, MANIFEST, { build });
});

function stored(key: string): string {
  const text = recorder.objects.get(key);
  if (text === undefined) throw new Error(`${key} must be recorded`);
  return text;
}

/** Checks the statement about the build. Returns `undefined` if it is invalid. */
async function check(
  text: string,
  packages = (key: string) => recorder.objects.get(key),
): Promise<VerifiedStatement | undefined> {
  try {
    return await checkStatement(text, BUILD, keys, async (key) => packages(key));
  } catch (error) {
    if (error instanceof InvalidEvidenceError) return undefined;
    throw error;
  }
}

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=" ';

/** Replaces a character by another one, which differs from place to place. */
function replaceAt(text: string, index: number): string {
  const start = (index * 7) % CHARACTERS.length;
  const other = [...CHARACTERS.slice(start), ...CHARACTERS].find((one) => one !== text[index]);
  return `${text.slice(0, index)}${other}${text.slice(index + 1)}`;
}

function removeAt(text: string, index: number): string {
  return text.slice(0, index) + text.slice(index + 1);
}

test("checkStatement accepts the statement, and rejects it with any character replaced or removed", async () => {
  // White space between the fields of the envelope isn't signed, and means nothing.
  const text = JSON.stringify(JSON.parse(stored(STATEMENT)));
  expect(await check(text)).toMatchObject({ packages: 2 });
  const accepted: string[] = [];
  for (const index of someCases([...text.split("").keys()]))
    for (const changed of [replaceAt(text, index), removeAt(text, index)])
      if (await check(changed)) accepted.push(changed);
  expect(accepted).toEqual([]);
});

test("checkStatement rejects a package list with any character replaced, removed or added", async () => {
  const [key = ""] = [...recorder.objects.keys()].filter((one) =>
    one.startsWith("base/1.0.3/2/packages-"),
  );
  const list = stored(key);
  const text = stored(STATEMENT);
  const accepted: string[] = [];
  for (const index of list.split("").keys())
    for (const changed of [replaceAt(list, index), removeAt(list, index), `${list}${index}`])
      if (await check(text, () => changed)) accepted.push(changed);
  expect(accepted).toEqual([]);
});

test("checkStatement rejects every mixture with the valid statement about another build", async () => {
  const [own, other] = [STATEMENT, STATEMENT.replace("/2/", "/1/")].map((key) =>
    JSON.parse(stored(key)),
  );
  const [ownSignature] = own.signatures;
  const [otherSignature] = other.signatures;
  for (const payload of [own.payload, other.payload])
    for (const signatures of [
      [ownSignature],
      [otherSignature],
      [ownSignature, otherSignature],
      [otherSignature, ownSignature],
    ]) {
      const isValid = payload === own.payload && signatures.includes(ownSignature);
      const mixed = JSON.stringify({ ...own, payload, signatures });
      expect([signatures, (await check(mixed)) !== undefined]).toEqual([signatures, isValid]);
    }
});

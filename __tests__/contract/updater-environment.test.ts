import { parseEnvironment, renderEnvironment } from "../../contract/updater-environment";

test("parseEnvironment reads what renderEnvironment writes, and Lambda's Region", () => {
  const home = { accountId: "111111111111", region: "eu-west-1" };
  const variables = { ...renderEnvironment(home), AWS_REGION: home.region };
  expect(parseEnvironment(variables)).toEqual(home);
});

test.each(["ACCOUNT_ID", "AWS_REGION"])(
  "parseEnvironment rejects an environment without %s",
  (name) => {
    const variables = { ACCOUNT_ID: "111111111111", AWS_REGION: "eu-west-1", [name]: undefined };
    expect(() => parseEnvironment(variables)).toThrow(
      new Error(`the environment variable ${name} must be set`),
    );
  },
);

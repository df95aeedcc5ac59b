/** The services that assume each role. */
import { deepStrictEqual, ok } from "node:assert";
import type { Principal } from "../../../iam/evaluate";
import { administrator } from "../../policy-fixture";
import { checkEach, type Proof, SERVICES } from "../support";

/** The service that assumes each kind of role. */
const ASSUMED_BY: Readonly<Record<string, string>> = {
  build: "ec2",
  lifecycle: "imagebuilder",
  execution: "imagebuilder",
  "share-updater": "lambda",
  rebuilder: "lambda",
  recorder: "lambda",
};

export const TRUST: Proof = {
  name: "every role is assumed by one service, by GitHub Actions or by operators, and by no account",
  check: (fixture) =>
    checkEach(fixture.stacks.resourcesOf("aws_iam_role"), (role) => {
      const { account } = role;
      const arn = fixture.stacks.arnOf(role);
      const trust = fixture.stacks.documentOf(arn, "trust");
      const actions = (by: Principal): string[] =>
        fixture.allowedBy(trust, "sts", by, arn, account);
      const services = SERVICES.filter((service) => actions(service).length > 0);
      const [, kind = ""] =
        /-(build|lifecycle|execution|share-updater|rebuilder|recorder)-/.exec(role.config.name) ??
        [];
      ok(
        kind !== "" || /-(plan|deploy|fleet)$/.test(role.config.name),
        `${role.config.name} must be of a known kind`,
      );
      deepStrictEqual(
        services.map(({ service }) => service),
        kind === "" ? [] : [`${ASSUMED_BY[kind]}.amazonaws.com`],
        role.config.name,
      );
      for (const service of services) deepStrictEqual(actions(service), ["AssumeRole"]);
      for (const other of fixture.accounts)
        deepStrictEqual(
          actions(administrator(other)).filter((action) => action.startsWith("AssumeRole")),
          [],
        );
    }),
};

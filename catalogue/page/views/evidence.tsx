import type { CatalogueBuild } from "../../schema";
import { Fact, Facts } from "../table";
import { Nothing, Section, StateIcon, Text, Unread } from "../widgets";

/** The verified statement about a build. */
export function Evidence({ build: { evidence, unread } }: { readonly build: CatalogueBuild }) {
  if (unread?.evidence !== undefined)
    return (
      <Section id="evidence" title="Evidence">
        <Unread what="statement" message={unread.evidence} />
      </Section>
    );
  if (!evidence)
    return (
      <Section id="evidence" title="Evidence">
        <Nothing>
          Statements are verified only for shared builds, the builds before them and the newest
          build, if factory.keys.json trusts a key.
        </Nothing>
      </Section>
    );
  const { kind, reason, keyid, dependencies = [] } = evidence;
  return (
    <Section id="evidence" title="Evidence">
      <p>
        <span class={`badge ${{ valid: "good", invalid: "bad", missing: "warn" }[kind]}`}>
          <StateIcon
            state={kind === "valid" ? "shared" : kind === "invalid" ? "revoked" : "unshared"}
          />
          {kind}
        </span>{" "}
        {kind === "valid" && "A trusted key signed the statement of where this build comes from."}
        {kind === "missing" && "There is no statement about this build."}
        {reason !== undefined && (
          <>
            The statement <Text>{reason}</Text>
          </>
        )}
      </p>
      {kind === "valid" && (
        <Facts>
          {keyid !== undefined && (
            <Fact name="Key" class="mono break">
              {keyid}
            </Fact>
          )}
          {dependencies.map(({ name, uri }) => (
            <Fact key={name + uri} name={<Text>{name}</Text>} class="mono break">
              <Text>{uri}</Text>
            </Fact>
          ))}
        </Facts>
      )}
    </Section>
  );
}

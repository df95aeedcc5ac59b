import { grantsOf } from "../access";
import { usePage } from "../context";
import { count } from "../format";
import { imageLink } from "../routes";
import { BuildLink, Empty, Nothing, Section, Text } from "../widgets";
import { RunningTable } from "./fleet";

const KINDS = {
  shared: "shared account, which builds the golden images",
  app: "app account of the factory file",
  other: "account that an audience names",
};

/** An account: the builds that it gets, and the images that it builds. */
export function AccountView({ id }: { readonly id: string }) {
  const { catalogue } = usePage();
  const account = catalogue.accounts.find((one) => one.id === id);
  if (!account)
    return (
      <Empty title="There is no such account">
        Neither the factory file nor an audience names the account “<Text>{id}</Text>”.
      </Empty>
    );
  const { name, kind, units, isOutside } = account;
  const grants = catalogue.images.flatMap((image) =>
    grantsOf(image, { id, kind: "account", account }).map((grant) => ({ image, ...grant })),
  );
  const own = catalogue.appImages.filter((image) => image.account === id);
  return (
    <>
      <p class="crumbs">
        <a href="#/access">Access</a>
      </p>
      <h1 tabIndex={-1}>
        <Text>{name ?? id}</Text>
      </h1>
      <dl class="facts">
        <div>
          <dt>Account ID</dt>
          <dd class="mono">{id}</dd>
        </div>
        <div>
          <dt>Kind</dt>
          <dd>{KINDS[kind]}</dd>
        </div>
        <div>
          <dt>OUs</dt>
          <dd class="mono">
            {isOutside
              ? "outside of the organization"
              : units === undefined
                ? "not known"
                : units.join(", ") || "none"}
          </dd>
        </div>
      </dl>
      <Section id="gets" title="Golden builds" note={count(grants.length, "channel")}>
        {grants.length === 0 ? (
          <Nothing>No channel is for this account.</Nothing>
        ) : (
          <table class="list cards">
            <thead>
              <tr>
                <th scope="col">Image</th>
                <th scope="col">Channel</th>
                <th scope="col">Region</th>
                <th scope="col">Newest build</th>
                <th scope="col">Because of</th>
              </tr>
            </thead>
            <tbody>
              {grants.map(({ image, channel, via, isCertain }) => (
                <tr key={image.name + channel.region + channel.name}>
                  <th scope="row">
                    <a href={imageLink(image.name)}>
                      <Text>{image.name}</Text>
                    </a>
                  </th>
                  <td data-label="Channel">
                    <Text>{channel.name}</Text>
                  </td>
                  <td data-label="Region">{channel.region}</td>
                  <td data-label="Newest build">
                    {channel.shared[0] === undefined ? (
                      <span class="muted">nothing shared</span>
                    ) : (
                      <BuildLink
                        image={image.name}
                        region={channel.region}
                        build={channel.shared[0]}
                      />
                    )}
                  </td>
                  <td data-label="Because of" class="mono">
                    {via === id ? "the account itself" : via}
                    {!isCertain && <span class="sub">if it is a member</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Section>
      {catalogue.fleet && (
        <Section id="fleet" title="Instances">
          <RunningTable running={catalogue.fleet.running.filter((one) => one.account === id)} />
        </Section>
      )}
      <Section id="builds" title="App images" note={count(own.length, "image")}>
        {own.length === 0 ? (
          <Nothing>The factory builds no image in this account.</Nothing>
        ) : (
          <table class="list cards">
            <thead>
              <tr>
                <th scope="col">Image</th>
                <th scope="col">Based on</th>
                <th scope="col">Components</th>
                <th scope="col">Regions</th>
              </tr>
            </thead>
            <tbody>
              {own.map((image) => (
                <tr key={image.name}>
                  <th scope="row">
                    <Text>{image.name}</Text>
                    <span class="sub">
                      {image.kind}, {image.platform}
                    </span>
                  </th>
                  <td data-label="Based on">
                    {image.parent.kind === "golden" ? (
                      <a href={imageLink(image.parent.name)}>
                        <Text>{image.parent.name}</Text>
                      </a>
                    ) : (
                      <Text>{image.parent.name}</Text>
                    )}
                  </td>
                  <td data-label="Components">
                    <Text>{image.components.map((one) => one.name).join(", ") || "–"}</Text>
                  </td>
                  <td data-label="Regions">{image.regions.join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Section>
    </>
  );
}

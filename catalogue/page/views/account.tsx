import type { CatalogueAppImage, CatalogueImage } from "../../schema";
import { type Grant, grantsOf } from "../access";
import { usePage } from "../context";
import { count } from "../format";
import { imageLink } from "../routes";
import { type Column, Fact, Facts, Table } from "../table";
import { BuildLink, Empty, Nothing, ParentLink, Section, Text, UnreadImages } from "../widgets";
import { RunningTable } from "./fleet";

const KINDS = {
  shared: "shared account, which builds the golden images",
  app: "app account of the factory file",
  other: "account that an audience names",
};

interface ImageGrant extends Grant {
  readonly image: CatalogueImage;
}

/** @param account - ID of the account that gets the builds */
function grantColumns(account: string): readonly Column<ImageGrant>[] {
  return [
    {
      title: "Image",
      cell: ({ image }) => (
        <a href={imageLink(image.name)}>
          <Text>{image.name}</Text>
        </a>
      ),
    },
    { title: "Channel", cell: ({ channel }) => <Text>{channel.name}</Text> },
    { title: "Region", cell: ({ channel }) => channel.region },
    {
      title: "Newest build",
      cell: ({ image, channel: { region, shared } }) =>
        shared[0] === undefined ? (
          <span class="muted">nothing shared</span>
        ) : (
          <BuildLink image={image.name} region={region} build={shared[0]} />
        ),
    },
    {
      title: "Because of",
      class: "mono",
      cell: ({ via, isCertain }) => (
        <>
          {via === account ? "the account itself" : via}
          {!isCertain && <span class="sub">if it is a member</span>}
        </>
      ),
    },
  ];
}

const APP_IMAGE_COLUMNS: readonly Column<CatalogueAppImage>[] = [
  {
    title: "Image",
    cell: ({ name, kind, platform }) => (
      <>
        <Text>{name}</Text>
        <span class="sub">
          {kind}, {platform}
        </span>
      </>
    ),
  },
  { title: "Based on", cell: ({ parent }) => <ParentLink parent={parent} /> },
  {
    title: "Components",
    cell: ({ components }) => <Text>{components.map(({ name }) => name).join(", ") || "–"}</Text>,
  },
  { title: "Regions", cell: ({ regions }) => regions.join(", ") },
];

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
      <Facts>
        <Fact name="Account ID" class="mono">
          {id}
        </Fact>
        <Fact name="Kind">{KINDS[kind]}</Fact>
        <Fact name="OUs" class="mono">
          {isOutside
            ? "outside of the organization"
            : units === undefined
              ? "not known"
              : units.join(", ") || "none"}
        </Fact>
      </Facts>
      <Section id="gets" title="Golden builds" note={count(grants.length, "channel")}>
        <UnreadImages />
        {grants.length === 0 ? (
          <Nothing>No channel is for this account.</Nothing>
        ) : (
          <Table columns={grantColumns(id)} rows={grants} noun="channel" />
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
          <Table columns={APP_IMAGE_COLUMNS} rows={own} noun="image" />
        )}
      </Section>
    </>
  );
}

/** The manifests of the small factory, which Terraform would write. */
import {
  MANIFEST_VERSION,
  type Manifest,
  type ManifestChannel,
  manifestKey,
} from "../../../contract/manifest";
import {
  type FollowingImage,
  REBUILDER_MANIFEST_VERSION,
  type RebuilderManifest,
  rebuilderManifestKey,
} from "../../../contract/rebuilder-manifest";
import { type AccountName, AUDIENCES, REGION } from "./small-factory-accounts";

type Channels = Readonly<Record<string, ManifestChannel>>;

export class SmallFactoryManifests {
  /** Channels by image, by Region. */
  private readonly channels = new Map<string, Map<string, Channels>>();
  /** The golden parents of images, in every Region. */
  private readonly parents = new Map<string, string>();
  /** Images that follow their parents, by account. */
  private readonly following = new Map<AccountName, Record<string, FollowingImage>>();

  /** Adds a channel of an image to the manifest of a Region. */
  setChannel(region: string, image: string, name: string, channel: ManifestChannel): void {
    const images = this.channels.get(region) ?? new Map<string, Channels>();
    images.set(image, { ...images.get(image), [name]: channel });
    this.channels.set(region, images);
  }

  /** Adds the golden parent of an image to the manifest of every Region. */
  setParent(image: string, parent: string): void {
    this.parents.set(image, parent);
  }

  /** Adds an image to the manifest of its account's rebuilder. */
  follow(owner: AccountName, image: string, settings: Partial<FollowingImage> = {}): void {
    const entry = { pipeline: image, dedicatedHost: false, manual: false, ...settings };
    this.following.set(owner, { ...this.following.get(owner), [image]: entry });
  }

  /** Returns the text of the manifest that the updater of a Region follows. */
  ofUpdater(region: string): string {
    const channels = this.channels.get(region) ?? new Map<string, Channels>();
    const names = new Set([...channels.keys(), ...this.parents.keys()]);
    const manifest: Manifest = {
      version: MANIFEST_VERSION,
      launchPermissionGraceDays: 30,
      regions: [region],
      audiences: AUDIENCES,
      images: Object.fromEntries(
        [...names].map((name) => [
          name,
          { parent: this.parents.get(name), channels: channels.get(name) ?? {} },
        ]),
      ),
    };
    return JSON.stringify(manifest);
  }

  /** Returns the text of the manifest that the rebuilder of an account follows. */
  ofRebuilder(owner: AccountName): string {
    const manifest: RebuilderManifest = {
      version: REBUILDER_MANIFEST_VERSION,
      images: this.following.get(owner) ?? {},
    };
    return JSON.stringify(manifest);
  }

  /** The texts of all Regions' and accounts' manifests, by the keys of their objects. */
  get byKey(): ReadonlyMap<string, string> {
    const texts = [REGION, ...this.channels.keys()].map((region) => this.ofUpdater(region));
    const owners = [...this.following.keys()].map((owner) => this.ofRebuilder(owner));
    return new Map([
      ...texts.map((text) => [manifestKey(text), text] as const),
      ...owners.map((text) => [rebuilderManifestKey(text), text] as const),
    ]);
  }
}

import { EC2Client } from "@aws-sdk/client-ec2";
import { CLIENT_CONFIG } from "./client";

/** Returns a function that creates one EC2 client for each Region, on first use. */
export function ec2Clients(config = CLIENT_CONFIG): (region: string) => EC2Client {
  const clients = new Map<string, EC2Client>();
  return (region) => {
    const client = clients.get(region) ?? new EC2Client({ ...config, region });
    clients.set(region, client);
    return client;
  };
}

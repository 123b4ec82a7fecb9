import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** How near an address is to the machine that asks, nearest first. */
type Reach = 'link-local' | 'loopback' | 'private' | 'public';

/** Gives the addresses of a name; empty where it cannot be looked up here, as behind a proxy. */
export type AddressesOf = (hostname: string) => Promise<readonly string[]>;

const lookUpAddresses: AddressesOf = async (hostname) => {
  const found = await lookup(hostname, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
};

function blocks(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) {
    list.addSubnet(address, prefix, address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Clouds hand out credentials at addresses that only the machine itself can reach. */
const LINK_LOCAL = blocks(
  ['169.254.0.0', 16],
  ['fe80::', 10],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['64:ff9b::a9fe:0', 112],
);
const LOOPBACK = blocks(['127.0.0.0', 8], ['0.0.0.0', 8], ['::1', 128], ['::', 128]);
const PRIVATE = blocks(
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['fc00::', 7],
);

const ORDER: readonly Reach[] = ['link-local', 'loopback', 'private', 'public'];

function reachOf(address: string): Reach {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (LINK_LOCAL.check(address, family)) return 'link-local';
  if (LOOPBACK.check(address, family)) return 'loopback';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

async function reachOfHost(hostname: string, addressesOf: AddressesOf): Promise<Reach> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare)) return reachOf(bare);
  if (/(^|\.)localhost\.?$/i.test(bare)) return 'loopback';
  const reaches = (await addressesOf(bare)).map(reachOf);
  return ORDER.find((reach) => reaches.includes(reach)) ?? 'public';
}

/**
 * Why a redirect may not be followed; undefined where it may. Whoever answers for a target must not make the
 * runner ask what lies nearer to it than the target: the metadata of its cloud, its own ports, its network.
 * A target that is itself private leads to private ones, as services within a network do.
 */
export async function refusedRedirect(
  target: URL,
  to: URL,
  addressesOf: AddressesOf = lookUpAddresses,
): Promise<string | undefined> {
  if (to.hostname === target.hostname) return undefined;
  const reach = await reachOfHost(to.hostname, addressesOf);
  if (reach === 'public') return undefined;
  const own = await reachOfHost(target.hostname, addressesOf);
  if (ORDER.indexOf(reach) >= ORDER.indexOf(own)) return undefined;
  return `a ${reach} address, from a target that is ${own}; name that address as the target itself if it is meant`;
}

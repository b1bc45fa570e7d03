// Who is asking: pure verdicts over what a handshake's headers say. A page of another site must not open a socket in
// its visitor's name; and addresses that proxies report count only as far as the proxies are believed.

/** Listed as an origin, it stands for all of them, `null` included. */
export const ANY_ORIGIN = '*'

/** Characters that no host has: whoever writes one means several origins. */
export const SEVERAL = /[,*]/

export type OriginVerdict = 'allowed' | 'refused'

export interface OriginRules {
  /** Listed origins, the public URL's among them. */
  readonly allowed: ReadonlySet<string>
  /** What the hosts of listed families of origins end with. */
  readonly families: readonly string[]
  readonly requireOrigin: boolean
}

/** Throws TypeError for a URL that is none. */
export function originRules(
  publicUrl: string | undefined,
  listed: readonly string[],
  requireOrigin: boolean,
): OriginRules {
  const allowed = new Set(listed.filter((one) => familyOf(one) === undefined))
  if (publicUrl !== undefined) allowed.add(httpOrigin(publicUrl))
  const families = listed.flatMap((one) => familyOf(one) ?? [])
  return { allowed, families, requireOrigin }
}

/** '.game.example' of 'https://*.game.example': one name more, of two at least, and no port. */
function familyOf(text: string): string | undefined {
  const rest = /^https:\/\/\*((?:\.[a-z\d-]+){2,})$/.exec(text)?.[1]
  return rest !== undefined && parse(`https://a${rest}`)?.hostname === `a${rest}` ? rest : undefined
}

/**
 * Whether it can be listed: an origin of the web, a family of them, or the origin of a packaged app's pages, which is
 * compared as it is written.
 */
export function isOrigin(text: string): boolean {
  if (familyOf(text) !== undefined) return true
  if (SEVERAL.test(text)) return false
  return parse(text)?.origin === text || (APP_ORIGIN.test(text) && URL.canParse(text))
}

/** The origin of a packaged app's pages. Not `file:`, whose pages have the origin `null`. */
const APP_ORIGIN = /^(?!(?:https?|wss?|ftp|file):)[a-z][a-z\d+.-]*:\/\/[^/?#@\\\s]+$/

/**
 * Whether a handshake with these headers may pass. A page may talk to the host that it came from, a page of this machine
 * to a server on it, and pages of listed origins may. Once anything is listed, a host that is a name must be listed too:
 * then a name that an attacker owns and points at this server gets nowhere.
 */
export function judgeOrigin(origin: string | undefined, host: string | undefined, rules: OriginRules): OriginVerdict {
  if (origin === undefined) return rules.requireOrigin ? 'refused' : 'allowed'
  if (rules.allowed.has(ANY_ORIGIN) || rules.allowed.has(origin)) return 'allowed'
  const from = parse(origin)
  // `null`, and anything that is not just an origin, such as several at once.
  if (from === undefined || from.origin !== origin.toLowerCase()) return 'refused'
  if (rules.allowed.has(from.origin) || rules.families.some((family) => isOfFamily(from, family))) return 'allowed'
  const to = host === undefined ? undefined : hostOf(from.protocol, host)
  if (to === undefined) return 'refused'
  const isListed = rules.allowed.size + rules.families.length > 0
  // Someone at work on a game: the page of a development server, which has a port of its own.
  if (!isListed && isLoopback(from.hostname) && isLoopback(to.hostname)) return 'allowed'
  if (to.host !== from.host) return 'refused'
  return !isListed || from.hostname === 'localhost' || isAddress(from.hostname) ? 'allowed' : 'refused'
}

/**
 * The address that limits count for: the caller's, or the one that the outermost believed proxy reports, without its
 * port. IPv6 is cut to the 64 bits that one network has.
 */
export function addressOf(remote: string, forwardedFor: string | undefined, trustProxy: number): string {
  if (trustProxy === 0 || forwardedFor === undefined) return network(remote)
  // Each proxy appends whom it heard; from the right, as many entries as are believed were written by our own.
  const hops = forwardedFor.split(',').map((hop) => hop.trim())
  return network(hops[Math.max(0, hops.length - trustProxy)] || remote)
}

function isOfFamily({ protocol, port, hostname }: URL, family: string): boolean {
  const isSecure = protocol === 'https:' && port === ''
  return isSecure && hostname.endsWith(family) && /^[a-z\d-]+$/.test(hostname.slice(0, -family.length))
}

/** Undefined for what is more than a host. The parser fills in the scheme's own port. */
function hostOf(protocol: string, host: string): URL | undefined {
  return /[/?#@\\]/.test(host) ? undefined : parse(`${protocol}//${host}`)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** An IP address is nobody's name: it cannot be pointed elsewhere. */
function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname)
}

function network(address: string): string {
  const plain = address.replace(/^\[(.*)\](:\d+)?$|^([^:]+):\d+$/, '$1$3').replace(/%.*$/, '')
  if (!plain.includes(':')) return plain
  const groups = expand(inGroups(plain.toLowerCase()))
  if (groups.slice(0, 6).join(':') === MAPPED) return groups.slice(6).flatMap(bytesOf).join('.')
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** How an IPv4 address begins that is written as one of IPv6. */
const MAPPED = '0:0:0:0:0:ffff'

/** An address of IPv6 whose end may be written as one of IPv4, in groups only. */
function inGroups(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts) => {
    const [a, b, c, d] = parts.map(Number) as [number, number, number, number]
    return [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':')
  })
}

function bytesOf(group: string): number[] {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 255]
}

/** The eight groups of an IPv6 address, without leading zeros. */
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].map((group) => group.replace(/^0+(?=.)/, ''))
}

function httpOrigin(url: string): string {
  return new URL(url.replace(/^ws/, 'http')).origin
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined
}

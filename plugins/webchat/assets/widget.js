// Switchboard's live chat: one script tag, no dependency. README.md beside the plugin says how to set it up, theme it,
// and vouch for who is logged in. It needs of a page's content security policy: this hub in `script-src`,
// `connect-src` and `img-src`. Nothing is evaluated, no style is inline, no markup is parsed.
(() => {
  'use strict';

  const script = document.currentScript;
  if (!script || window.webchat) return;
  const base = script.src.replace(/\/assets\/[^/]*$/, '');
  const { dataset } = script;
  const lang = dataset.lang || document.documentElement.lang || navigator.language || 'en';

  const LONGEST = 4000; // characters of a message, as the plugin has it
  const WAIT = 1000; // until the first new try; doubled up to:
  const WAIT_MOST = 30000;
  const LOOK = 30000; // between two looks whether anything was missed, while the chat is open
  const TRIES = 4; // of a message that the hub, although it can be reached, does not take
  const PAGES = 20; // remembered until there is somebody to tell of
  const PICTURE = 1600; // the longer side of a picture that is sent, in pixels

  let config, words, ui;
  let identity = dataset.visitor ? { visitor: dataset.visitor, signature: dataset.signature || '' } : null;

  // ---- What this browser keeps: over the end of the page for strangers, until the tab is closed for those whom the
  // site vouches for, so that nobody finds another's chat after they have left.

  const name = `webchat:${base}`;
  const blank = () => ({ token: null, visitor: null, outbox: [], pages: [], form: null, delivered: 0, read: 0 });
  let kept = blank();

  const who = () => {
    try { return identity && String(JSON.parse(identity.visitor).id); } catch { return ''; }
  };
  const cupboard = () => (identity ? sessionStorage : localStorage);
  const save = () => {
    const outbox = kept.outbox.filter((item) => !item.file);
    try { cupboard().setItem(name, JSON.stringify({ ...kept, outbox })); } catch { /* it then lasts for this page */ }
  };
  const load = () => {
    kept = blank();
    try {
      if (!identity) sessionStorage.removeItem(name);
      const found = JSON.parse(cupboard().getItem(name));
      if (found && found.visitor === who()) kept = { ...kept, ...found };
    } catch { /* nothing is kept here */ }
    kept.visitor = who();
  };

  // ---- The conversation

  let rows = new Map(); // by id; `state` is sending, failed, or empty
  let session = null; // { token, until, live }
  let stream, wait = WAIT, timer, coming, turn = 0, handed, readOfOurs, stopped = false, pumping = false, availability;

  const isEmpty = () => rows.size === 0;
  const uid = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
  const base64 = (text) => btoa(Array.from(new TextEncoder().encode(text), (b) => String.fromCharCode(b)).join(''));
  const url = (path, query = {}) => `${base}${path}?${new URLSearchParams(query)}`;

  /** Asks for history and the means to write. True when the hub answered. */
  const come = () => {
    if (!coming) {
      const mine = (coming = ask().catch(() => false).finally(() => { if (coming === mine) coming = null; }));
    }
    return coming;
  };
  const ask = async () => {
    const headers = {};
    if (identity) {
      headers['x-webchat-visitor'] = base64(identity.visitor);
      headers['x-webchat-signature'] = identity.signature;
    } else if (kept.token) {
      headers['x-webchat-token'] = kept.token;
    }
    const asked = identity;
    const answer = await fetch(url('/chat', { lang }), { headers, cache: 'no-store' });
    if (answer.status === 403) {
      stopped = true;
      console.warn(`webchat: ${location.origin} is not among the sites that may use this chat`);
      return false;
    }
    if (answer.status === 401 && asked === identity) {
      if (identity) {
        console.warn('webchat: the visitor’s signature does not fit; the chat goes on without it');
        identity = null;
        rows = new Map();
        load();
      } else {
        rows = new Map();
        kept = { ...blank(), outbox: kept.outbox, pages: kept.pages, form: kept.form };
      }
      return ask();
    }
    if (!answer.ok || asked !== identity) return false;
    const told = await answer.json();
    if (asked !== identity) return false;
    session = { token: told.session, until: Date.now() + told.seconds * 900, live: told.live };
    if (!identity) kept.token = told.token;
    ({ availability } = told);
    handed = told.handed;
    kept.read = Math.max(kept.read, told.read);
    for (const row of [...kept.outbox.map((item) => item.row).filter(Boolean), ...told.messages]) rows.set(row.id, row);
    kept.outbox = kept.outbox.filter((item) => !told.messages.some((row) => row.id === item.body.id));
    save();
    render();
    tell();
    return true;
  };

  /** Comes, listens, and comes once more, so that nothing falls between the two; again and again when it breaks off. */
  const connect = async () => {
    clearTimeout(timer);
    timer = null;
    if (stopped) return;
    hush();
    const mine = (turn += 1);
    const came = await come();
    if (mine !== turn) return;
    if (!came) { again(); return; }
    pump();
    const now = (stream = new EventSource(session.live));
    now.onopen = () => { wait = WAIT; if (noting === words.offline) note(''); come().then(pump); };
    now.onmessage = (event) => heard(JSON.parse(event.data));
    now.onerror = () => { if (stream === now) { now.close(); stream = null; again(); } };
  };
  const hush = () => { if (stream) stream.close(); stream = null; };
  const again = () => {
    if (stopped) return;
    note(words.offline);
    clearTimeout(timer);
    // Not all at the same moment when a hub comes back.
    timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, WAIT_MOST);
  };
  const connected = () => stream || coming || timer;

  const heard = (news) => {
    if (news.message) {
      rows.set(news.message.id, news.message);
      if (news.message.answer) typing(false);
      render();
      tell();
    } else if (news.typing !== undefined && news.of !== 'visitor') {
      typing(news.typing);
    } else if (news.read) {
      readOfOurs = news.read;
      render();
    } else if (news.handed) {
      handed = news.handed;
      render();
    } else if (news.ended) {
      leave();
      ended();
    }
  };

  /** Forgets who wrote here: whoever writes next is somebody new, unless the site vouches for them. */
  const leave = () => {
    turn += 1;
    hush();
    session = null;
    kept.token = null;
    save();
  };

  /** Sends what waits, one after another. The hub takes an id once, so a repetition is harmless. */
  const pump = async () => {
    if (pumping || stopped) return;
    pumping = true;
    while (kept.outbox.length) {
      const item = kept.outbox[0];
      if (!session || Date.now() > session.until) { if (!(await come())) break; }
      const body = { ...item.body, ago: Math.max(0, Date.now() - item.made) };
      let answer = null, row = null;
      try {
        const headers = { 'x-webchat-token': session.token };
        if (item.file) {
          const { id, text, ago, lang: tongue } = body;
          const query = { id, text, ago, lang: tongue, name: item.file.name };
          answer = await fetch(url(item.path, query), { method: 'POST', headers, body: item.file });
        } else {
          headers['content-type'] = 'application/json';
          const vouched = identity && item.path === '/messages' ? identity : {};
          answer = await fetch(url(item.path), { method: 'POST', headers, body: JSON.stringify({ ...body, ...vouched }) });
        }
        if (answer.ok && item.row) row = await answer.json();
      } catch { answer = null; /* not reached, or refused: `come` tells which */ }
      if (kept.outbox[0] !== item) continue;
      if (answer && answer.ok) {
        kept.outbox.shift();
        if (row) rows.set(row.id, row);
        if (item.body.form) kept.form = { sent: true };
        if (item.path === '/end') leave();
      } else if (!(await come())) {
        break;
      } else if (kept.outbox[0] === item && (item.tries = (item.tries || 0) + 1) >= TRIES) {
        kept.outbox.shift();
        if (item.row) { item.row.state = 'failed'; item.row.again = item; rows.set(item.row.id, item.row); }
      } else {
        await new Promise((done) => setTimeout(done, WAIT * 2 ** (item.tries - 1)));
      }
      save();
      render();
    }
    pumping = false;
    if (!kept.outbox.length) show();
    else if (!timer) again();
  };

  const post = (path, body, row, file) => {
    const form = row && !file && isEmpty() && kept.form && !kept.form.sent ? { form: kept.form } : {};
    kept.outbox.push({ path, body: { id: row ? row.id : uid(), lang, ...form, ...body }, row, file, made: Date.now() });
    if (row) rows.set(row.id, row);
    save();
    render();
    if (connected()) pump(); else connect();
  };
  const say = (body, shown) => {
    const row = { id: uid(), at: Date.now(), text: shown, state: 'sending' };
    post('/messages', { ...body, page: { url: location.href, title: document.title } }, row);
  };

  /** Tells the hub which answers came, and which were read. */
  let telling;
  const tell = () => {
    clearTimeout(telling);
    telling = setTimeout(async () => {
      const answers = [...rows.values()].filter((row) => row.answer);
      const newer = (than) => answers.filter((row) => row.at > than).slice(-50).map((row) => row.id);
      const open = ui.isOpen && document.visibilityState === 'visible';
      const read = open ? newer(kept.read) : [];
      const delivered = newer(Math.max(kept.delivered, kept.read)).filter((id) => !read.includes(id));
      if (!(read.length + delivered.length) || !session) return;
      const last = Math.max(...answers.map((row) => row.at));
      try {
        const headers = { 'x-webchat-token': session.token, 'content-type': 'application/json' };
        const answer = await fetch(url('/seen'), { method: 'POST', headers, body: JSON.stringify({ delivered, read }) });
        if (!answer.ok) return;
      } catch { return; }
      kept.delivered = last;
      if (read.length) kept.read = last;
      save();
      render();
    }, 200);
  };

  // ---- Pages viewed: told of visitors who wrote or are vouched for, remembered of others in their own browser.

  let page;
  const looked = () => {
    if (!config.pages || page === location.href) return;
    const referrer = page || document.referrer;
    page = location.href;
    kept.pages.push({ id: uid(), url: page, title: document.title, referrer, at: Date.now() });
    kept.pages = kept.pages.slice(-PAGES);
    save();
    show();
  };
  const show = async () => {
    if (!kept.pages.length || !session || (!identity && isEmpty()) || kept.outbox.length) return;
    const told = kept.pages;
    const pages = told.map(({ at, ...rest }) => ({ ...rest, ago: Date.now() - at }));
    try {
      const headers = { 'x-webchat-token': session.token, 'content-type': 'application/json' };
      const answer = await fetch(url('/pages'), { method: 'POST', headers, body: JSON.stringify({ pages }) });
      if (answer.ok) { kept.pages = kept.pages.filter((one) => !told.includes(one)); save(); }
    } catch { /* with the next page */ }
  };

  // ---- Business hours, in the zone of the business

  const zoned = (at) => {
    const form = { timeZone: availability.zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
    const part = Object.fromEntries(new Intl.DateTimeFormat('en-GB', form).formatToParts(at).map((p) => [p.type, p.value]));
    return [['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(part.weekday) + 1, part.hour * 60 + +part.minute];
  };
  const isBusiness = (at) => {
    const [day, minute] = zoned(at);
    return availability.hours.some(([on, from, to]) => on === day && from <= minute && minute < to);
  };
  const expectation = () => {
    if (!availability) return '';
    try {
      if (!availability.hours.length || isBusiness(Date.now())) return availability.answer;
      const quarter = 900000;
      for (let at = Math.ceil(Date.now() / quarter) * quarter, n = 0; n < 8 * 96; n += 1, at += quarter) {
        if (isBusiness(at)) {
          const when = new Intl.DateTimeFormat(config.lang, { weekday: 'long', hour: 'numeric', minute: '2-digit' });
          return words.closed.replace('{when}', when.format(at));
        }
      }
    } catch { /* a zone that this browser does not know */ }
    return '';
  };

  // ---- What is seen

  const el = (tag, props = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (key.startsWith('on')) made[key] = value;
      else if (value === true) made.setAttribute(key, '');
      else if (value !== false && value != null) made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child != null && child !== ''));
    return made;
  };
  const icon = (path) => {
    const draw = (tag, props) => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
      Object.entries(props).forEach(([key, value]) => made.setAttribute(key, value));
      return made;
    };
    const svg = draw('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', class: 'icon' });
    svg.append(draw('path', { d: path }));
    return svg;
  };
  const ICONS = {
    chat: 'M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z',
    close: 'M6 6l12 12M18 6L6 18',
    send: 'M4 12h14M12 5l7 7-7 7',
    clip: 'M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9.2 17a1.7 1.7 0 0 1-2.4-2.4L14 7.5',
    file: 'M6 2h8l5 5v15H6zM14 2v5h5',
  };

  /** Black or white, whichever reads better on a colour. */
  const against = (colour) => {
    const parts = /^#(..)(..)(..)$/.exec(colour).slice(1).map((part) => parseInt(part, 16) / 255);
    const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
  };

  const DARK = `--bg: var(--webchat-background, #1b1f24); --fg: var(--webchat-foreground, #eceef1);
    --soft: var(--webchat-bubble, #2c333c); --dim: var(--webchat-muted, #aab3be); --line: #3d4652; --bad: #ffa198;
    color-scheme: dark;`;
  const STYLE = `
    :host { all: initial; }
    .root { --colour: var(--webchat-colour, var(--own)); --on: var(--webchat-on-colour, var(--own-on));
      --bg: var(--webchat-background, #fff); --fg: var(--webchat-foreground, #1c2127);
      --soft: var(--webchat-bubble, #eef1f4); --dim: var(--webchat-muted, #58626e); --line: #d5dae0; --bad: #a8201a;
      --r: var(--webchat-radius, 14px); color-scheme: light; color: var(--fg);
      font: 400 15px/1.45 var(--webchat-font, system-ui, sans-serif); }
    @media (prefers-color-scheme: dark) { .root:not(.light) { ${DARK} } }
    .root.dark { ${DARK} }
    *, ::before { box-sizing: border-box; }
    [hidden] { display: none !important; }
    button, textarea, input { font: inherit; color: inherit; margin: 0; }
    button { cursor: pointer; background: none; border: 0; border-radius: 8px; padding: 6px 8px; min-height: 36px; }
    :focus-visible { outline: 3px solid var(--fg); outline-offset: 2px; box-shadow: 0 0 0 2px var(--bg); }
    textarea:focus-visible, input:focus-visible { outline: 2px solid var(--fg); outline-offset: 0; box-shadow: none; }
    a { color: inherit; text-underline-offset: 2px; }
    p, h2 { margin: 0; }
    .icon { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
      stroke-linejoin: round; display: block; flex: none; }
    .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .launch, .panel { position: fixed; inset-block-end: var(--webchat-bottom, 20px); z-index: var(--webchat-z, 2147483000); }
    .right .launch, .right .panel { right: var(--webchat-side, 20px); }
    .left .launch, .left .panel { left: var(--webchat-side, 20px); }
    .launch { width: 58px; height: 58px; padding: 0; border-radius: 50%; background: var(--colour); color: var(--on);
      display: grid; place-items: center; box-shadow: 0 4px 16px #0004; }
    .launch .icon { width: 26px; height: 26px; }
    .badge { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-width: 22px; padding: 0 6px;
      border-radius: 11px; background: #b3261e; color: #fff; font-size: 13px; line-height: 22px; font-weight: 600; }
    .panel { width: var(--webchat-width, 384px); max-width: calc(100vw - 40px); height: 620px;
      max-height: calc(100vh - 40px); display: flex; flex-direction: column; overflow: hidden; background: var(--bg);
      border-radius: var(--r); box-shadow: 0 8px 40px #0005; border: 1px solid var(--line); }
    header { display: flex; align-items: center; gap: 12px; padding-block: 14px; padding-inline: 18px 10px;
      background: var(--colour); color: var(--on); }
    header div { flex: 1; min-width: 0; }
    header :focus-visible { outline-color: var(--on); box-shadow: none; }
    h2 { font-size: 17px; line-height: 1.3; font-weight: 600; overflow-wrap: anywhere; }
    .expect { font-size: 13px; }
    .log, .asked { scrollbar-width: thin; }
    .log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; gap: 4px;
      flex-direction: column; }
    .log:focus-visible { outline-offset: -3px; }
    .log > :first-child { margin-block-start: auto; }
    .greeting, .bubble { padding: 9px 13px; border-radius: var(--r); white-space: pre-wrap; overflow-wrap: anywhere; }
    .greeting, .theirs .bubble { background: var(--soft); border-end-start-radius: 4px; }
    .greeting { align-self: flex-start; max-width: 85%; margin-block-end: 8px; }
    .row { max-width: 85%; display: flex; flex-direction: column; gap: 2px; align-items: flex-start; margin-block-end: 6px; }
    .mine { align-self: flex-end; align-items: flex-end; }
    .mine .bubble { background: var(--colour); color: var(--on); border-end-end-radius: 4px; }
    .bubble img { display: block; max-width: 100%; max-height: 220px; min-width: 60px; min-height: 60px; border-radius: 8px;
      object-fit: contain; }
    .bubble .icon { display: inline-block; vertical-align: -5px; margin-inline-end: 6px; }
    .meta, .line, .hint { font-size: 12.5px; color: var(--dim); }
    .meta button { min-height: 24px; padding: 0 4px; text-decoration: underline; }
    .line { align-self: center; text-align: center; margin: 8px 0; }
    .options { display: flex; flex-wrap: wrap; gap: 6px; margin-block-start: 4px; }
    .options button, .plain { border: 1px solid currentColor; padding: 5px 12px; text-align: start; }
    .typing { align-self: flex-start; color: var(--dim); font-size: 13px; }
    .note { padding: 8px 16px; font-size: 13.5px; background: var(--soft); }
    .bad { color: var(--bad); }
    .write { display: flex; align-items: flex-end; gap: 4px; padding: 10px; border-block-start: 1px solid var(--line); }
    textarea, input:not([type=checkbox]) { flex: 1; min-width: 0; width: 100%; background: var(--bg);
      border: 1px solid var(--dim); border-radius: 10px; padding: 8px 12px; font-size: 16px; line-height: 1.4; }
    [aria-invalid=true] { border-color: var(--bad) !important; }
    textarea { resize: none; max-height: 132px; field-sizing: content; }
    .write button { min-width: 40px; min-height: 40px; padding: 8px; }
    .go { background: var(--colour); color: var(--on); border-radius: 10px; }
    [dir=rtl] .send .icon { transform: scaleX(-1); }
    ::placeholder { color: var(--dim); opacity: 1; }
    .asked { max-height: 75%; overflow-y: auto; flex: none; border-block-start: 1px solid var(--line); }
    .ask { padding: 14px 16px; display: flex; flex-direction: column; gap: 10px; }
    .ask label { display: block; font-size: 14px; }
    .ask .go { min-height: 42px; font-weight: 600; }
    .tick { display: flex !important; gap: 8px; align-items: flex-start; }
    .tick input { width: 20px; height: 20px; flex: none; margin: 0; accent-color: var(--colour); }
    footer { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 2px 10px;
      padding: 0 10px 8px; font-size: 13px; color: var(--dim); }
    footer button { min-height: 30px; padding: 2px 6px; text-decoration: underline; }
    footer .person { color: var(--fg); font-weight: 600; }
    footer a { padding: 2px 6px; }
    .sure { flex: 1; }
    @media (max-width: 520px) {
      .panel { inset: 0 !important; width: 100%; max-width: none; height: auto; max-height: none; border: 0; border-radius: 0; }
    }
    @media (forced-colors: active) { .launch, .go, .bubble, header { border: 1px solid; } }
    @media (prefers-reduced-motion: no-preference) {
      .launch { transition: transform 0.15s; } .launch:hover { transform: scale(1.05); }
      .panel:not([hidden]) { animation: rise 0.16s ease-out; }
      @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
    }`;

  const build = () => {
    const host = el('div', { id: 'webchat' });
    const shadow = host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    const rtl = config.dir === 'rtl' || getComputedStyle(document.documentElement).direction === 'rtl';
    const side = (config.side === 'right') !== rtl ? 'right' : 'left';
    const colour = dataset.colour && /^#[0-9a-f]{6}$/i.test(dataset.colour) ? dataset.colour : config.colour;
    const title = dataset.title || config.title;

    const unread = el('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
    const launch = el('button', { class: 'launch', type: 'button', 'aria-expanded': 'false', 'aria-haspopup': 'dialog',
      'aria-label': words.open, onclick: () => open() }, icon(ICONS.chat), unread);
    const said = el('div', { class: 'sr', role: 'status' });
    const expect = el('p', { class: 'expect' });
    const log = el('div', { class: 'log', role: 'log', 'aria-label': words.log, tabindex: '0' });
    const notes = el('p', { class: 'note', role: 'status', hidden: true });
    const text = el('textarea', { rows: '1', 'aria-label': words.message, placeholder: words.message, maxlength: LONGEST,
      enterkeyhint: 'send' });
    const pick = el('input', { type: 'file', hidden: true, multiple: true, accept: config.types.join(), 'aria-label': words.attach,
      onchange: () => { [...pick.files].forEach(attach); pick.value = ''; } });
    const write = el('form', { class: 'write', novalidate: true },
      config.file ? el('button', { class: 'clip', type: 'button', 'aria-label': words.attach, title: words.attach,
        onclick: () => pick.click() }, icon(ICONS.clip)) : null, pick, text,
      el('button', { class: 'go send', type: 'submit', 'aria-label': words.send, title: words.send }, icon(ICONS.send)));
    const asked = el('div', { class: 'asked', hidden: true });
    const foot = el('footer');
    const panel = el('section', { class: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true },
      el('header', {}, el('div', {}, el('h2', { id: 'title' }, title), expect),
        el('button', { class: 'close', type: 'button', 'aria-label': words.close, title: words.close, onclick: () => close() },
          icon(ICONS.close))),
      log, notes, asked, write, foot);
    const theme = ['light', 'dark'].includes(dataset.theme) ? dataset.theme : '';
    const root = el('aside', { class: `root ${side} ${theme}`, dir: config.dir, lang: config.lang, 'aria-label': title }, launch, panel, said);
    root.style.setProperty('--own', colour);
    root.style.setProperty('--own-on', against(colour));

    write.onsubmit = (event) => {
      event.preventDefault();
      const words_ = text.value.trim();
      if (!words_) return;
      text.value = '';
      typed(false);
      say({ text: words_ }, words_);
      text.focus();
    };
    text.onkeydown = (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); write.requestSubmit(); }
    };
    text.oninput = () => typed(text.value !== '');
    text.onpaste = (event) => {
      if (config.file && event.clipboardData.files.length) { event.preventDefault(); [...event.clipboardData.files].forEach(attach); }
    };
    panel.onkeydown = (event) => {
      if (event.key === 'Escape') { event.stopPropagation(); close(); }
      if (event.key !== 'Tab' || !full()) return;
      // A window that covers the page keeps the focus.
      const all = [...panel.querySelectorAll('a[href], button, input, textarea, [tabindex="0"]')].filter((one) => one.checkVisibility());
      const at = event.shiftKey ? 0 : all.length - 1;
      if (shadow.activeElement === all[at]) { event.preventDefault(); all[all.length - 1 - at].focus(); }
    };
    shadow.append(root);
    document.body.append(host);
    ui = { root, launch, unread, said, panel, expect, log, notes, text, write, asked, foot, isOpen: false, shadow };
  };

  const full = () => matchMedia('(max-width: 520px)').matches;
  const open = () => {
    if (!ui || ui.isOpen) return;
    ui.isOpen = true;
    ui.panel.hidden = false;
    ui.launch.hidden = true;
    ui.panel.toggleAttribute('aria-modal', false);
    if (full()) ui.panel.setAttribute('aria-modal', 'true');
    if (!connected()) connect();
    render();
    tell();
    ui.log.scrollTop = ui.log.scrollHeight;
    (ui.asked.hidden ? ui.text : ui.asked.querySelector('input')).focus();
  };
  const close = () => {
    if (!ui || !ui.isOpen) return;
    ui.isOpen = false;
    ui.panel.hidden = true;
    ui.launch.hidden = false;
    render();
    ui.launch.focus();
  };

  let noting;
  const note = (text, bad) => {
    if (!ui) return;
    noting = text;
    ui.notes.hidden = !text;
    ui.notes.textContent = text;
    ui.notes.classList.toggle('bad', !!bad);
  };

  /** Text with its addresses as links; nothing of it is read as markup. */
  const linked = (text) => text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'])/).map((part, at) => (at % 2
    ? el('a', { href: part, target: '_blank', rel: 'noopener noreferrer nofollow' }, part) : part));

  const size = (bytes) => new Intl.NumberFormat(config.lang, { style: 'unit', unit: bytes < 1e6 ? 'kilobyte' : 'megabyte',
    maximumFractionDigits: 1 }).format(bytes / (bytes < 1e6 ? 1024 : 1048576));

  const attached = (file) => {
    const label = `${file.name || file.url || ''}${file.size ? ` (${size(file.size)})` : ''}`;
    if (!file.url) return el('span', {}, icon(ICONS.file), label);
    const props = { href: file.url, target: '_blank', rel: 'noopener noreferrer' };
    // Pictures of the hub are shown; elsewhere nobody shall learn who looks at what.
    if (/^image\//.test(file.mime) && file.url.startsWith(`${base}/`)) {
      return el('a', props, el('img', { src: file.url, alt: file.name || words.attach, onload: () => stick(true) }));
    }
    return el('a', props, icon(ICONS.file), label);
  };

  const drawn = new Map(); // what stands in the log, by id, with what it was made of
  const bubble = (row, last) => {
    const { id, text, file, answer, options, state } = row;
    const time = new Intl.DateTimeFormat(config.lang, { hour: 'numeric', minute: '2-digit' }).format(row.at);
    const words_ = { sending: words.sending, failed: words.failed }[state] || (answer ? '' : id === readOfOurs ? words.seen : words.sent);
    const choices = last && answer && options ? el('div', { class: 'options' }, ...options.map((one) => el('button', {
      type: 'button', title: one.description, onclick: () => say({ choice: { id: one.id, title: one.title } }, one.title) }, one.title))) : null;
    const again_ = state === 'failed' && row.again ? el('button', { type: 'button', onclick: () => {
      row.state = 'sending';
      const item = row.again;
      delete row.again;
      item.tries = 0;
      kept.outbox.push(item);
      render();
      pump();
    } }, words.retry) : null;
    return el('div', { class: `row ${answer ? 'theirs' : 'mine'}` },
      el('div', { class: 'bubble' }, el('span', { class: 'sr' }, `${answer ? words.us : words.you}: `),
        file ? attached(file) : null, ...(text ? linked(text) : [])), choices,
      el('div', { class: `meta ${state === 'failed' ? 'bad' : ''}` }, [time, words_].filter(Boolean).join(' · '), again_));
  };

  const nearEnd = () => ui.log.scrollHeight - ui.log.scrollTop - ui.log.clientHeight < 120;
  const stick = (was) => { if (was) ui.log.scrollTop = ui.log.scrollHeight; };

  let typingUntil;
  const typing = (on) => {
    clearTimeout(typingUntil);
    if (on) typingUntil = setTimeout(() => typing(false), 8000);
    if (!ui) return;
    const there = ui.log.querySelector('.typing');
    if (there) there.remove();
    const was = nearEnd();
    if (on) ui.log.append(el('p', { class: 'typing', 'aria-hidden': 'true' }, words.typing));
    stick(was);
  };

  /** Brings what is seen in line with what is so. Rows that did not change stay as they are, and are read out once. */
  const render = () => {
    if (!ui) return;
    const was = nearEnd();
    const all = [...rows.values()].sort((a, b) => a.at - b.at);
    const wanted = [['greeting', dataset.greeting || config.greeting, () => el('p', { class: 'greeting' }, dataset.greeting || config.greeting)]];
    let day = new Date().toDateString();
    all.forEach((row, at) => {
      const on = new Date(row.at).toDateString();
      if (on !== day) {
        day = on;
        const text = new Intl.DateTimeFormat(config.lang, { dateStyle: 'medium' }).format(row.at);
        wanted.push([`day ${on}`, text, () => el('p', { class: 'line' }, text)]);
      }
      const last = at === all.length - 1;
      // What is said, and what only stands below it.
      const same = JSON.stringify([row.text, row.file, last && row.options]);
      wanted.push([row.id, JSON.stringify([same, row.at, row.state, row.id === readOfOurs]), () => bubble(row, last), same]);
    });
    if (handed) wanted.push(['handed', '', () => el('p', { class: 'line' }, words.handed)]);
    if (isEmpty() && ui.over) wanted.push(['ended', '', () => el('p', { class: 'line' }, words.ended)]);
    const keep = new Set(wanted.map(([id]) => id));
    drawn.forEach((one, id) => { if (!keep.has(id)) { one.node.remove(); drawn.delete(id); } });
    let before = null;
    for (const [id, made, make, same = made] of wanted) {
      let one = drawn.get(id);
      if (!one || one.made !== made) {
        const node = make();
        if (one && one.same === same) one.node.lastElementChild.replaceWith(node.lastElementChild);
        else if (one) one.node.replaceWith(node);
        one = { node: one && one.same === same ? one.node : node, made, same };
        drawn.set(id, one);
      }
      const place = before ? before.nextSibling : ui.log.firstChild;
      if (place !== one.node) ui.log.insertBefore(one.node, place);
      before = one.node;
    }
    const dots = ui.log.querySelector('.typing');
    if (dots) ui.log.append(dots);
    stick(was);

    const fresh = all.filter((row) => row.answer && row.at > kept.read).length;
    const label = !ui.isOpen && fresh ? words.unread.replace('{n}', fresh) : '';
    ui.unread.hidden = !label;
    ui.unread.textContent = fresh;
    if (ui.said.textContent !== label) ui.said.textContent = label;
    ui.launch.setAttribute('aria-label', label ? `${words.open}, ${label}` : words.open);
    ui.launch.setAttribute('aria-expanded', ui.isOpen);
    ui.expect.textContent = expectation();
    question();
    foot();
  };

  // ---- The form before the first message

  const question = () => {
    const fields = ['name', 'email', 'phone'].filter((field) => config[field] !== 'no');
    const wanted = !identity && isEmpty() && !kept.form && fields.length > 0;
    ui.write.hidden = wanted;
    if (ui.asked.hidden !== wanted) return;
    ui.asked.hidden = !wanted;
    ui.asked.replaceChildren();
    if (!wanted) return;
    const kinds = { name: ['text', 'name'], email: ['email', 'email'], phone: ['tel', 'tel'] };
    const inputs = fields.map((field) => el('input', { type: kinds[field][0], name: field, autocomplete: kinds[field][1],
      required: config[field] === 'required', maxlength: '200' }));
    const tick = el('input', { type: 'checkbox', name: 'consent' });
    const form = el('form', { class: 'ask', novalidate: true },
      ...inputs.map((input) => el('label', {}, `${words[input.name]}${input.required ? '' : ` (${words.optional})`}`, input)),
      config.consent ? el('label', { class: 'tick' }, tick, config.consent) : null,
      el('button', { class: 'go', type: 'submit' }, words.start));
    form.onsubmit = (event) => {
      event.preventDefault();
      form.querySelectorAll('.hint').forEach((hint) => hint.remove());
      const bad = inputs.filter((input) => {
        const value = input.value.trim();
        const why = input.required && !value ? words.needed
          : input.name === 'email' && value && !/^[^\s@]+@[^\s@]+$/.test(value) ? words.badEmail : '';
        input.setAttribute('aria-invalid', !!why);
        input.removeAttribute('aria-describedby');
        if (why) {
          input.setAttribute('aria-describedby', `${input.name}-hint`);
          input.after(el('span', { class: 'hint bad', id: `${input.name}-hint` }, why));
        }
        return why;
      });
      if (bad.length) return bad[0].focus();
      kept.form = { consent: tick.checked };
      inputs.forEach((input) => { kept.form[input.name] = input.value.trim(); });
      save();
      render();
      ui.text.focus();
    };
    ui.asked.append(form);
  };

  // ---- Below: a person instead of a bot, and the end

  let ending = false, footed;
  const foot = () => {
    const link = config.privacy ? el('a', { href: config.privacy, target: '_blank', rel: 'noopener' }, words.privacy) : null;
    const state = [ending, isEmpty(), !!handed, ui.write.hidden].join();
    if (footed === state) return;
    footed = state;
    if (ending) {
      ui.foot.replaceChildren(el('span', { class: 'sure' }, words.endAsk),
        el('button', { class: 'yes', type: 'button', onclick: () => { ending = false; post('/end', {}); ended(); } }, words.end),
        el('button', { class: 'no', type: 'button', onclick: () => { ending = false; render(); ui.text.focus(); } }, words.cancel));
      ui.foot.querySelector('.no').focus();
      return;
    }
    const person = config.bot && !handed && !ui.write.hidden ? el('button', { class: 'person', type: 'button', onclick: () => {
      handed = Date.now();
      post('/person', {}, { id: uid(), at: Date.now(), text: words.person, state: 'sending' });
      ui.text.focus();
    } }, words.person) : null;
    const end = isEmpty() ? null : el('button', { class: 'end', type: 'button', onclick: () => { ending = true; render(); } }, words.end);
    ui.foot.replaceChildren(...[person, link, end].filter(Boolean));
  };
  const ended = () => {
    rows = new Map();
    handed = null;
    kept.outbox = kept.outbox.filter((item) => item.path === '/end');
    kept.form = null;
    ui.over = true;
    save();
    render();
  };

  // ---- Files

  /** A photograph is made smaller, and loses what the camera wrote into it: where it was taken, most of all. */
  const smaller = async (file) => {
    if (file.type !== 'image/jpeg' && !(/^image\/(png|webp)$/.test(file.type) && file.size > config.file)) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, PICTURE / Math.max(picture.width, picture.height));
      const canvas = el('canvas', { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
      canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', 0.85); });
      return new File([blob], file.name.replace(/\.\w+$/, '.jpg'), { type: 'image/jpeg' });
    } catch {
      return file;
    }
  };
  const attach = async (given) => {
    const file = await smaller(given);
    if (!config.types.includes(file.type)) return note(words.badType, true);
    if (file.size > config.file) return note(words.tooLarge.replace('{n}', size(config.file)), true);
    if (noting !== words.offline) note('');
    const row = { id: uid(), at: Date.now(), text: '', file: { name: file.name, mime: file.type, size: file.size }, state: 'sending' };
    return post('/files', { text: '' }, row, file);
  };

  let typedAt = 0, typedStop;
  const typed = (on) => {
    clearTimeout(typedStop);
    const say_ = (value) => session && fetch(url('/typing', { on: value }), { headers: { 'x-webchat-token': session.token } }).catch(() => {});
    if (on && Date.now() - typedAt > 3000) { typedAt = Date.now(); say_(1); }
    if (!on && typedAt) { typedAt = 0; say_(0); }
    if (on) typedStop = setTimeout(() => typed(false), 5000);
  };

  // ---- Begin

  const start = async (tries = 0) => {
    try {
      const answer = await fetch(url('/config', { lang }));
      if (!answer.ok) return;
      config = await answer.json();
    } catch {
      if (tries < 5) setTimeout(start, WAIT * 2 ** tries, tries + 1);
      return;
    }
    ({ words } = config);
    load();
    build();
    looked();
    setInterval(looked, 1000);
    // Several hubs may serve one chat, and an update reaches those who listen at the same one.
    setInterval(() => { if (ui.isOpen && stream && document.visibilityState === 'visible') come(); }, LOOK);
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') tell(); });
    addEventListener('online', () => { if (!stream) { wait = WAIT; connect(); } });
    addEventListener('storage', (event) => {
      // Another page of the site began to write.
      if (event.key !== name || identity || !event.newValue || kept.token) return;
      kept.token = JSON.parse(event.newValue).token;
      if (kept.token) connect();
    });
    if (identity || kept.token) connect().then(show); else render();
    if (dataset.open !== undefined) open();
  };

  window.webchat = Object.freeze({
    /** Shows the chat. */
    open,
    /** Hides it. */
    close,
    /** Says who is logged in now, as `data-visitor` and `data-signature` do; without arguments, that nobody is. */
    identify(visitor, signature) {
      identity = visitor ? { visitor, signature: signature || '' } : null;
      turn += 1;
      hush();
      coming = null;
      session = null;
      rows = new Map();
      handed = null;
      load();
      if (!ui) return;
      render();
      if (identity || kept.token || ui.isOpen) connect();
    },
  });
  if (document.body) start(); else addEventListener('DOMContentLoaded', () => start());
})();

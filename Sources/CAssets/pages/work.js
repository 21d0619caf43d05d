// Finds the proof of work that goes with a form: a text whose SHA-256, behind the challenge and a dot, begins with enough
// zero bits. Found while somebody types; the form waits for it where it is sent earlier.
"use strict";
(() => {
  const K = new Uint32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ]);
  const H = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
  const W = new Uint32Array(64);

  // One block of SHA-256 (FIPS 180-4, 6.2.2). Plain arithmetic: WebCrypto takes a promise for each try.
  function compress(state, block, at) {
    for (let t = 0; t < 16; t++, at += 4) {
      W[t] = (block[at] << 24) | (block[at + 1] << 16) | (block[at + 2] << 8) | block[at + 3];
    }
    for (let t = 16; t < 64; t++) {
      const x = W[t - 15], y = W[t - 2];
      W[t] = W[t - 16] + W[t - 7] + (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3))
        + (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const one = (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7)))
        + ((e & f) ^ (~e & g)) + K[t] + W[t]) | 0;
      const two = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10)))
        + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0;
      d = c; c = b; b = a; a = (one + two) | 0;
    }
    return [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0,
      (state[4] + e) | 0, (state[5] + f) | 0, (state[6] + g) | 0, (state[7] + h) | 0];
  }

  function zeroBits(words) {
    let bits = 0;
    for (const word of words) {
      const zeros = Math.clz32(word);
      bits += zeros;
      if (zeros < 32) break;
    }
    return bits;
  }

  const ascii = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const pause = () => new Promise((go) => setTimeout(go, 0));

  async function solve({ challenge, difficulty }) {
    // Zeros before the number fill the first blocks, so that each try is the last one alone. Never more than a solution
    // may be long.
    const fill = (64 - (challenge.length + 1) % 64) % 64;
    const start = fill <= 40 ? "0".repeat(fill) : "";
    const head = ascii(`${challenge}.${start}`);
    const whole = head.length - head.length % 64;
    let state = H;
    for (let at = 0; at < whole; at += 64) state = compress(state, head, at);
    let until = performance.now() + 40;
    for (let number = 0; ; number++) {
      const text = String(number);
      const rest = head.length - whole + text.length;
      const block = new Uint8Array(rest < 56 ? 64 : 128);
      block.set(head.subarray(whole));
      for (let i = 0; i < text.length; i++) block[head.length - whole + i] = text.charCodeAt(i);
      block[rest] = 0x80;
      new DataView(block.buffer).setUint32(block.length - 4, (whole + rest) * 8);
      let digest = compress(state, block, 0);
      if (block.length > 64) digest = compress(digest, block, 64);
      if (zeroBits(digest) >= difficulty) return start + text;
      // The page goes on meanwhile.
      if (number % 256 === 255 && performance.now() > until) {
        await pause();
        until = performance.now() + 40;
      }
    }
  }

  const form = document.querySelector("form[data-challenge]");
  const status = document.querySelector(".working");
  const button = form.querySelector("button[type=submit]");
  let work = null;

  // A challenge is good for ten minutes by the server's clock.
  async function find() {
    const until = Date.now() + 9 * 60 * 1000;
    const answer = await fetch(form.dataset.challenge, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(`challenge: ${answer.status}`);
    const task = await answer.json();
    return { challenge: task.challenge, solution: await solve(task), until };
  }

  function begin() {
    work = find();
    // Told when the form is sent.
    work.catch(() => {});
  }

  async function found() {
    if (!work) begin();
    const done = await work;
    if (Date.now() < done.until) return done;
    begin();
    return work;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    status.textContent = form.dataset.working;
    try {
      const done = await found();
      form.elements.challenge.value = done.challenge;
      form.elements.solution.value = done.solution;
      form.submit();
    } catch {
      work = null;
      button.disabled = false;
      status.textContent = form.dataset.failed;
    }
  });

  // Back from the page that followed: what was found is spent.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    button.disabled = false;
    status.textContent = "";
    begin();
  });

  begin();
})();

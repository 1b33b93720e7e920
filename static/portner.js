// What pages gain with JavaScript; none needs it.
'use strict';

// Show and hide the password. The browser must see a password field when the form is sent or the page is kept.
for (const button of document.querySelectorAll('[data-reveal]')) {
  const field = document.getElementById(button.dataset.reveal);
  const show = (visible) => {
    field.type = visible ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(visible));
  };
  button.hidden = false;
  button.addEventListener('click', () => show(field.type === 'password'));
  field.form.addEventListener('submit', () => show(false));
  addEventListener('pagehide', () => show(false));
}

// Caps Lock: said once, politely, while the field is in use.
for (const hint of document.querySelectorAll('[data-caps-lock]')) {
  const field = document.getElementById('password');
  const tell = (event) => {
    const on = event.getModifierState && event.getModifierState('CapsLock');
    const text = on ? hint.dataset.capsLock : '';
    if (hint.textContent !== text) hint.textContent = text;
  };
  field.addEventListener('keydown', tell);
  field.addEventListener('keyup', tell);
  field.addEventListener('blur', () => { hint.textContent = ''; });
}

// Copy what support asks for.
for (const button of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      button.nextElementSibling.textContent = button.dataset.copied;
    } catch {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    }
  });
}

// Rules of a password, ticked off while it is typed: those that can be judged here. The server judges them all.
for (const list of document.querySelectorAll('[data-rules]')) {
  const field = document.getElementById(list.dataset.rules);
  const count = (text, pattern) => (text.match(pattern) ?? []).length;
  const judges = {
    min_length: (text, number) => [...text].length >= number,
    min_digits: (text, number) => count(text, /\p{N}/gu) >= number,
    min_special: (text, number) => count(text, /[^\p{Alphabetic}\p{N}\p{M}]/gu) >= number,
    min_upper: (text, number) => count(text, /\p{Uppercase}/gu) >= number,
    min_lower: (text, number) => count(text, /\p{Lowercase}/gu) >= number,
  };
  field.addEventListener('input', () => {
    for (const item of list.children) {
      const judge = judges[item.dataset.rule];
      if (judge) item.className = judge(field.value.normalize('NFC'), Number(item.dataset.number)) ? 'met' : '';
    }
  });
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}

// The last page of a sign-out: back to the service that waits for it, once the pictures that tell others are loaded.
const forward = document.querySelector('a[data-forward]');
if (forward && performance.getEntriesByType('navigation')[0]?.type !== 'back_forward') {
  const go = () => location.replace(forward.href);
  addEventListener('load', go);
  setTimeout(go, 3000);
}

// Carry the answer on to the application; once, so that the back button does not bounce.
const onward = document.querySelector('form[data-submit]');
if (onward && performance.getEntriesByType('navigation')[0]?.type !== 'back_forward') {
  HTMLFormElement.prototype.submit.call(onward);
}

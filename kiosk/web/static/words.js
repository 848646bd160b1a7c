// words.js: every sentence of the page in Vietnamese and English.

// files of the dictionary, in words/.
const files = [
  'citizen',
  'desk',
  'fingers',
  'kinds',
  'line',
  'lookup',
  'main',
  'papers',
  'print',
  'staff',
  'truth',
];

let dictionary = {};
let language = localStorage.getItem('tram-language') === 'en' ? 'en' : 'vi';

// loadWords fetches the dictionary, or a part of it, before the first page is drawn.
export async function loadWords(names = files) {
  const parts = await Promise.all(names.map(async (name) => (await fetch(`/words/${name}.json`)).json()));
  dictionary = Object.assign({}, ...parts);
  document.documentElement.lang = language;
}

// lang is the language now shown: "vi" or "en".
export const lang = () => language;

// setLang switches the language and remembers it on this computer.
export function setLang(next) {
  localStorage.setItem('tram-language', next);
  speak(next);
}

// speak switches the language of this window alone.
export function speak(next) {
  language = next;
  document.documentElement.lang = next;
}

// t is the sentence for a key; {name} in it is replaced by values.name.
export const t = (key, values) => sentence(key, language, values);

// vietnamese is the sentence as it stands on paper, whatever the page speaks.
export const vietnamese = (key, values) => sentence(key, 'vi', values);

function sentence(key, tongue, values = {}) {
  const entry = dictionary[key];
  if (!entry) return key;
  return entry[tongue].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// wordsOf is a sentence in both languages, as the station's own words are.
export const wordsOf = (key) => dictionary[key];

// known reports whether the dictionary has the key.
export const known = (key) => key in dictionary;

// pick chooses the language of words that came from the station.
export const pick = (words) => (words ? words[language] || words.vi || '' : '');

// translation is the other language of words that came from the station.
export const translation = (words) => words?.[language === 'vi' ? 'en' : 'vi'] ?? '';

// both is a sentence of the dictionary in this language and in the other.
export const both = (key) => [dictionary[key][language], translation(dictionary[key])];

// seconds writes machine seconds: "0,4 giây" or "0.4 s".
export function seconds(value) {
  const text = value < 10 ? value.toFixed(1) : String(Math.round(value));
  return t('line.seconds', { value: language === 'vi' ? text.replace('.', ',') : text });
}

// decimal writes a number with two decimals: "0,62" or "0.62".
export const decimal = (value) => (language === 'vi' ? value.toFixed(2).replace('.', ',') : value.toFixed(2));

// size writes a number of bytes in kB.
export const size = (bytes) => `${Math.max(1, Math.round(bytes / 1024))} kB`;

// amountOf writes a part of a number of bytes: "4,2 / 17,0 kB".
export const amountOf = (part, all) => {
  const text = `${(part / 1024).toFixed(1)} / ${(all / 1024).toFixed(1)} kB`;
  return language === 'vi' ? text.replaceAll('.', ',') : text;
};

// moment writes a time of the station as hours and minutes.
export const moment = (iso) => new Date(iso).toLocaleTimeString(language === 'vi' ? 'vi-VN' : 'en-GB',
  { hour: '2-digit', minute: '2-digit' });

// stamp writes a time of the station with its day.
export const stamp = (iso) => new Date(iso).toLocaleString(language === 'vi' ? 'vi-VN' : 'en-GB',
  { day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit' });

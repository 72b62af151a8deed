// Where two texts differ, character by character: what a person has to look at.

import { make } from "/frame.js";

// For each character of the one whether the other has it too, in its place or one that has shifted.
function kept(one, other) {
  if (one.length === other.length) return [...one].map((character, index) => character === other[index]);
  const lengths = Array.from({ length: one.length + 1 }, () => new Array(other.length + 1).fill(0));
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      const longest = Math.max(lengths[i + 1][j], lengths[i][j + 1]);
      lengths[i][j] = one[i] === other[j] ? lengths[i + 1][j + 1] + 1 : longest;
    }
  }
  const found = [];
  for (let i = 0, j = 0; i < one.length; ) {
    if (j < other.length && one[i] === other[j]) {
      found.push(true);
      i += 1;
      j += 1;
    } else if (j < other.length && lengths[i][j + 1] > lengths[i + 1][j]) j += 1;
    else {
      found.push(false);
      i += 1;
    }
  }
  return found;
}

// The text of some that is nearest to another, "" when there is none.
export function nearest(text, others) {
  const missed = (other) => kept(text, other).filter((one) => !one).length + kept(other, text).filter((one) => !one).length;
  return others.reduce((best, other) => (best && missed(best) <= missed(other) ? best : other), "");
}

// A text with the characters marked that another has not, and told to those who can't see marks.
export function marked(text, other, words) {
  const same = other ? kept(text, other) : [...text].map(() => true);
  const element = make("span", { class: "code" });
  [...text].forEach((character, index) => element.append(same[index] ? character : make("mark", {}, character)));
  const places = same.map((one, index) => (one ? 0 : index + 1)).filter(Boolean);
  if (places.length) {
    const told = words.say("desk_differs", { places: places.join(words.say("comma")) });
    element.append(make("span", { class: "hidden" }, ` (${told})`));
  }
  return element;
}

// textsize.js keeps how large this computer's page is drawn.

const name = 'tram-text';

// sizes are the choices, smallest first.
export const sizes = ['normal', 'large', 'larger'];

// textSize is the present choice.
export const textSize = () => {
  const kept = localStorage.getItem(name);
  return sizes.includes(kept) ? kept : sizes[0];
};

// setTextSize draws the page in another size, and remembers it.
export function setTextSize(size) {
  localStorage.setItem(name, size);
  showTextSize();
}

// showTextSize draws the page in the size that was chosen here.
export function showTextSize() {
  document.documentElement.dataset.text = textSize();
}

// What is folded opens where a link leads into it, and on paper; the records of
// a cell are found.

// Finds the records of a cell. Of many cells only the first ones are elements of
// the document; the others are text, which is parsed when one is looked for.
const records = (() => {
  const target = document.getElementById('runs');
  if (!target) return {find: (id) => document.getElementById(id)};
  const more = document.getElementById('runs-more');
  const most = more ? target.children.length : Infinity;
  let blocks = null;
  const load = () => {
    const others = document.createElement('template');
    if (more && !blocks) others.innerHTML = more.textContent;
    blocks ??= [...target.children, ...others.content.children]
        .map((element) => ({
          element, text: element.textContent.toLowerCase(),
        }));
  };
  const input = document.querySelector('input[data-blocks]');
  const tools = input.closest('.tools');
  tools.hidden = false;
  // Every word must occur in a block.
  input.addEventListener('input', () => {
    load();
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = blocks.filter(
        ({text}) => words.every((word) => text.includes(word)));
    target.replaceChildren(
        ...found.slice(0, most).map(({element}) => element));
    tools.querySelector('output').textContent = !words.length ? '' :
        found.length > most ? `the first ${most} of ${found.length}` :
        found.length + ' shown';
  });
  return {
    // The block of this id, brought into the document; null where there is
    // none.
    find: (id) => {
      const own = document.getElementById(id);
      if (own || !id.startsWith('runs-')) return own;
      load();
      const block = blocks.find(({element}) => element.id === id);
      if (block) target.append(block.element);
      return block ? block.element : null;
    },
  };
})();
const openTarget = () => {
  let name = location.hash.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    return;
  }
  const target = name && records.find(name);
  if (!target) return;
  const folded = [...target.querySelectorAll(':scope > details')];
  for (let at = target; at; at = at.parentElement) {
    if (at.tagName === 'DETAILS') folded.push(at);
  }
  for (const details of folded) details.open = true;
  target.scrollIntoView();
};
addEventListener('hashchange', openTarget);
openTarget();
// Paper shows what a click would unfold, and folds it again.
let unfolded = [];
addEventListener('beforeprint', () => {
  unfolded = [...document.querySelectorAll(
      'main details:not([open]):not(.columns):not(.run)')];
  for (const details of unfolded) details.open = true;
});
addEventListener('afterprint', () => {
  for (const details of unfolded) details.open = false;
});

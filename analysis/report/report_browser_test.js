// Uses a report as a reader would, in frames of two widths, and prints a line
// "passed: ..." or "FAILED: ..." for each thing that must be so. What a table
// must show is computed here from its data, by other code than the page's.
const lines = [];
const expect = (name, found, wanted) => {
  const same = JSON.stringify(found) === JSON.stringify(wanted);
  lines.push(same ? 'passed: ' + name
                  : 'FAILED: ' + name + ': expected ' +
                        JSON.stringify(wanted) + ', found ' +
                        JSON.stringify(found));
};
const texts = (row) => [...row.cells].map((cell) => cell.textContent);

// All rows of a table: what each cell says, and the number behind it.
const data = (page, table) => {
  const numeric = [...table.tHead.rows[0].cells].map(
      (head) => head.classList.contains('number'));
  const script = page.getElementById(table.id + '-rows');
  if (!script) {
    return [...table.tBodies[0].rows].map((row) => [...row.cells].map(
        (cell) => [cell.dataset.number === undefined ? null
                       : Number(cell.dataset.number), cell.textContent]));
  }
  return JSON.parse(script.textContent).map((values) => {
    const row = [];
    for (let i = 0; row.length < numeric.length;) {
      const number = numeric[row.length] ? values[i++] : null;
      row.push([number, values[i++]]);
    }
    return row;
  });
};

const testTable = (page, table, width) => {
  const where = table.id + ' at ' + width;
  const heads = [...table.tHead.rows[0].cells];
  const column = heads.findIndex((head) => head.textContent === 'index');
  const all = data(page, table);
  const paged = table.classList.contains('paged');
  const shown = () => [...table.tBodies[0].rows].filter((row) => !row.hidden);
  const size = shown().length;
  expect(where + ': rows', size, paged ? Math.min(20, all.length) : all.length);

  const numbers = all.map((row) => row[column][0]);
  const first = (order) => [...numbers].sort(order).slice(0, size).map(String);
  const found = () => shown().map((row) => texts(row)[column]);
  heads[column].firstElementChild.click();
  expect(where + ': highest index first', found(), first((a, b) => b - a));
  expect(where + ': says so', heads[column].getAttribute('aria-sort'),
         'descending');
  heads[column].firstElementChild.click();
  expect(where + ': lowest index first', found(), first((a, b) => a - b));
  const code = heads.findIndex((head) => head.textContent === 'code');
  heads[code].firstElementChild.click();
  expect(where + ': by code', shown().map((row) => texts(row)[code]),
         all.map((row) => row[code][1]).sort().slice(0, size));

  const input = page.querySelector(`input[data-filter="${table.id}"]`);
  if (input) {
    const output = input.closest('.filter').querySelector('output');
    const filter = (text) => {
      input.value = text;
      input.dispatchEvent(new page.defaultView.Event('input'));
    };
    const word = all[all.length - 1][code][1];
    const hits = all.filter((row) => row.some(([, text]) =>
        text.toLowerCase().includes(word)));
    filter(word);
    expect(where + ': filter', shown().map((row) => texts(row)[code]).sort(),
           hits.map((row) => row[code][1]).sort().slice(0, size));
    expect(where + ': filter says', output.textContent,
           hits.length + ' shown');
    filter('no such cell');
    expect(where + ': nothing found', shown().length, 0);
    filter('');
    expect(where + ': filter off', shown().length, size);
  }
  const pages = table.closest('.table').querySelector('.pages');
  if (paged) {
    const [previous, next] = pages.querySelectorAll('button');
    next.click();
    expect(where + ': second page', shown().map((row) => texts(row)[code]),
           all.map((row) => row[code][1]).sort().slice(size, 2 * size));
    previous.click();
  }
};

// The names of the operations of a code, once more.
const architecture = (code) => {
  const name = (i) => ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3',
                       'avg_pool_3x3'][Number(code[i])];
  return `|${name(0)}~0|+|${name(1)}~0|${name(2)}~1|+|${name(3)}~0|` +
      `${name(4)}~1|${name(5)}~2|`;
};

const testCell = (page, table, width) => {
  const where = table.id + ' at ' + width;
  const link = table.tBodies[0].querySelector('.code');
  const code = link.textContent;
  link.click();
  const dialog = page.getElementById('cell');
  expect(where + ': a click opens a cell', dialog.open, true);
  const words = [...dialog.querySelectorAll('g text')].map(
      (text) => text.textContent);
  const labels = ['none', 'skip', 'conv 1×1', 'conv 3×3', 'avg. pool 3×3'];
  expect(where + ': its operations are drawn', words,
         [...code].map((digit) => labels[Number(digit)]));
  expect(where + ': its architecture',
         dialog.querySelector('.architecture').textContent,
         architecture(code));
  expect(where + ': its numbers',
         [...dialog.querySelectorAll('dd')].map((text) => text.textContent),
         texts(link.closest('tr')).filter((_, i) =>
             !link.closest('tr').cells[i].contains(link)));
  expect(where + ': the cell fits', dialog.scrollWidth <= dialog.clientWidth,
         true);
  dialog.querySelector('.close').click();
  expect(where + ': closed', dialog.open, false);
};

const testPage = (frame) => {
  const page = frame.contentDocument, width = frame.clientWidth;
  const scroll = (state) => expect(
      'no horizontal scroll at ' + width + state,
      page.documentElement.scrollWidth <= width, true);
  scroll('');
  for (const details of page.querySelectorAll('details')) details.open = true;
  scroll(' with all unfolded');
  for (const table of page.querySelectorAll('table.sortable')) {
    const heads = [...table.tHead.rows[0].cells].map((h) => h.textContent);
    if (!heads.includes('index') || !heads.includes('code')) continue;
    testTable(page, table, width);
    if (table.tBodies[0].querySelector('.code')) testCell(page, table, width);
  }
  scroll(' in the end');
  const claims = [...page.querySelectorAll('.claims > li')];
  expect('claims at ' + width, claims.length >= 12, true);
  expect('claims without verdict, numbers or reason, rule at ' + width,
         claims.filter((claim) =>
             !['.verdict', 'li, h3 + p', '.rule'].every((part) =>
                 [...claim.querySelectorAll(part)].some((element) =>
                     element.textContent.trim()))).length, 0);
  expect('links that lead nowhere at ' + width,
         [...page.querySelectorAll('a[href^="#"]')]
             .map((link) => link.getAttribute('href').slice(1))
             .filter((id) => !page.getElementById(id)), []);
  expect('figures at ' + width,
         page.querySelectorAll('figure svg').length >= 5, true);
};

addEventListener('load', () => {
  try {
    for (const frame of document.querySelectorAll('iframe')) testPage(frame);
  } catch (error) {
    lines.push('FAILED: ' + error + ' ' + error.stack);
  }
  const result = document.createElement('pre');
  result.textContent = '\n' + lines.join('\n') + '\nend of the test\n';
  document.body.replaceChildren(result);
});

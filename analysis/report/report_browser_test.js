// Uses a report as a reader would, in frames of three widths, and prints a line
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
const columnOf = (table, label) =>
    [...table.tHead.rows[0].cells].findIndex((h) => h.textContent === label);

// Waits until something is so; what it waits for is then tested.
const until = async (condition) => {
  for (let i = 0; i < 100 && !condition(); ++i) {
    await new Promise((done) => setTimeout(done, 10));
  }
};

// A frame with the page at an address, loaded.
const openFrame = async (hash, width, height) => {
  const frame = document.createElement('iframe');
  frame.style = `width:${width}px;height:${height}px;border:0`;
  frame.src = 'index.html' + hash;
  const loaded = new Promise((done) => frame.addEventListener('load', done));
  document.body.append(frame);
  await loaded;
  return frame;
};

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

const shown = (table) => [...table.tBodies[0].rows];

// The records of CSV after RFC 4180; null where it is none.
const parseCsv = (text) => {
  const records = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/y;
  let record = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (!match) return null;
    record.push(match[1] === undefined ? match[2]
                                       : match[1].replaceAll('""', '"'));
    if (match[3] === '\n') {
      records.push(record);
      record = [];
    }
  }
  return record.length ? null : records;
};

// What "Download as CSV" of a table gives.
const download = async (frame, table) => {
  const view = frame.contentWindow;
  const original = view.URL.createObjectURL;
  let blob = null;
  view.URL.createObjectURL = (made) => {
    blob = made;
    return '#';
  };
  table.closest('.table').querySelector('.save').click();
  view.URL.createObjectURL = original;
  return blob && parseCsv(await blob.text());
};

const testTable = async (frame, table) => {
  const page = frame.contentDocument;
  const where = table.id + ' at ' + frame.clientWidth;
  const heads = [...table.tHead.rows[0].cells];
  const column = columnOf(table, 'index'), code = columnOf(table, 'code');
  const all = data(page, table);
  const paged = table.classList.contains('paged');
  const size = shown(table).length;
  expect(where + ': rows', size, paged ? Math.min(20, all.length) : all.length);

  const numbers = all.map((row) => row[column][0]);
  const first = (order) => [...numbers].sort(order).slice(0, size).map(String);
  const found = () => shown(table).map((row) => texts(row)[column]);
  heads[column].firstElementChild.click();
  expect(where + ': highest index first', found(), first((a, b) => b - a));
  expect(where + ': says so, of this column alone',
         heads.map((head) => head.getAttribute('aria-sort')),
         heads.map((_, i) => i === column ? 'descending' : 'none'));
  heads[column].firstElementChild.click();
  expect(where + ': lowest index first', found(), first((a, b) => a - b));
  heads[code].firstElementChild.click();
  const byCode = all.map((row) => row[code][1]).sort();
  expect(where + ': by code', shown(table).map((row) => texts(row)[code]),
         byCode.slice(0, size));

  const input = page.querySelector(`input[data-filter="${table.id}"]`);
  if (input) {
    const output = input.closest('.tools').querySelector('output');
    const filter = (text) => {
      input.value = text;
      input.dispatchEvent(new page.defaultView.Event('input'));
    };
    const word = all[all.length - 1][code][1];
    const hits = all.filter((row) => row.some(([, text]) =>
        text.toLowerCase().includes(word)));
    filter(word);
    expect(where + ': filter',
           shown(table).map((row) => texts(row)[code]).sort(),
           hits.map((row) => row[code][1]).sort().slice(0, size));
    expect(where + ': filter says', output.textContent,
           hits.length + ' shown');
    const csv = await download(frame, table);
    expect(where + ': CSV has what the filter leaves', csv && csv.length,
           hits.length + 1);
    filter('no such cell');
    expect(where + ': nothing found', shown(table).length, 0);
    filter('');
    expect(where + ': filter off', shown(table).length, size);
  }
  if (paged) {
    const [previous, next] =
        table.closest('.table').querySelectorAll('.pages button');
    next.click();
    expect(where + ': second page',
           shown(table).map((row) => texts(row)[code]),
           byCode.slice(size, 2 * size));
    previous.click();
  }

  // The whole as CSV, in the order of the table: by code now.
  const csv = await download(frame, table);
  expect(where + ': CSV has all rows', csv && csv.length, all.length + 1);
  expect(where + ': CSV has the heads', csv[0],
         heads.map((head) => head.textContent));
  expect(where + ': codes in CSV stay text',
         csv.slice(1).map((row) => row[code]),
         byCode.map((text) => 'c' + text));
  const sorted = [...all].sort(
      (a, b) => a[code][1] < b[code][1] ? -1 : a[code][1] > b[code][1] ? 1 : 0);
  expect(where + ': numbers in CSV are plain', csv.slice(1).filter(
      (row, r) => row.some((text, i) => {
        const number = sorted[r][i][0];
        return Number.isFinite(number) && number !== null &&
            Number(text) !== number;
      })), []);

  // Without a column.
  const boxes = [...table.closest('.table').querySelectorAll(
      '.columns input')];
  expect(where + ': a box a column', boxes.length, heads.length);
  const away = column;
  boxes[away].click();
  const visible = (cells) => [...cells].filter(
      (cell) => page.defaultView.getComputedStyle(cell).display !== 'none')
      .length;
  expect(where + ': column away', [visible(heads),
         visible(shown(table)[0].cells)],
         [heads.length - 1, heads.length - 1]);
  const less = await download(frame, table);
  expect(where + ': CSV without the column', less[0],
         heads.map((head) => head.textContent).filter((_, i) => i !== away));
  boxes[away].click();
  expect(where + ': column back', visible(shown(table)[0].cells),
         heads.length);
};

// The names of the operations of a code, once more.
const architecture = (code) => {
  const name = (i) => ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3',
                       'avg_pool_3x3'][Number(code[i])];
  return `|${name(0)}~0|+|${name(1)}~0|${name(2)}~1|+|${name(3)}~0|` +
      `${name(4)}~1|${name(5)}~2|`;
};

const dialogOf = (frame) => frame.contentDocument.getElementById('cell');
const titlesOf = (frame) => [...dialogOf(frame).querySelectorAll('h3')].map(
    (head) => head.textContent);

const testCell = async (frame, table) => {
  const where = table.id + ' at ' + frame.clientWidth;
  const dialog = dialogOf(frame);
  const link = table.tBodies[0].querySelector('.code');
  const row = texts(link.closest('tr'));
  const code = link.textContent, index = row[columnOf(table, 'index')];
  link.click();
  await until(() => dialog.open);
  expect(where + ': a click opens a cell', dialog.open, true);
  expect(where + ': whose address can be shared',
         frame.contentWindow.location.hash, '#cell=' + index);
  const words = [...dialog.querySelectorAll('g text')].map(
      (text) => text.textContent);
  const labels = ['none', 'skip', 'conv 1×1', 'conv 3×3', 'avg. pool 3×3'];
  expect(where + ': its operations are drawn', words,
         [...code].map((digit) => labels[Number(digit)]));
  expect(where + ': its architecture',
         dialog.querySelector('.architecture').textContent,
         architecture(code));
  if (table.dataset.cells) {
    expect(where + ': its numbers', Object.fromEntries(
        [...dialog.querySelectorAll('.numbers tbody tr')].map(texts)),
        Object.fromEntries([...table.tHead.rows[0].cells].map(
            (head, i) => [head.textContent, row[i]]).filter(
            ([label]) => label !== 'code' && label !== 'index')));
  }
  expect(where + ': the cell fits', dialog.scrollWidth <= dialog.clientWidth,
         true);
  const records = dialog.querySelector('ul a').getAttribute('href').slice(1);
  dialog.querySelector('.close').click();
  await until(() => !frame.contentWindow.location.hash);
  expect(where + ': closed', [dialog.open, frame.contentWindow.location.hash],
         [false, '']);
  frame.contentWindow.location.hash = records;
  const page = frame.contentDocument;
  await until(() => page.getElementById(records)?.open);
  const block = page.getElementById(records);
  expect(where + ': its records', [block?.open, block?.querySelector(
      'summary').textContent.includes(`cell ${index} (${code})`)],
         [true, true]);
};

// Cells by address, by the form, beside each other.
const testAddresses = async (width, height) => {
  const at = ' at ' + width;
  let frame = await openFrame('', width, height);
  const page = frame.contentDocument;
  const table = page.querySelector('table[data-cells]');
  const all = data(page, table);
  const code = columnOf(table, 'code'), index = columnOf(table, 'index');
  const one = all[0], two = all[all.length - 1];
  const title = (row) => `Cell ${row[index][1]} (${row[code][1]})`;

  const [first, second] = page.querySelectorAll('.look input');
  first.value = one[code][1];
  second.value = two[index][1];
  page.querySelector('.look button').click();
  await until(() => dialogOf(frame).open);
  expect('two cells by the form' + at, titlesOf(frame),
         [title(one), title(two)]);
  expect('two drawings' + at, dialogOf(frame).querySelectorAll('svg').length,
         2);
  expect('the comparison fits' + at,
         dialogOf(frame).scrollWidth <= dialogOf(frame).clientWidth, true);
  const clean = columnOf(table, 'clean');
  const line = [...dialogOf(frame).querySelectorAll('.numbers tbody tr')]
      .map(texts).find(([label]) => label === 'clean');
  const by = one[clean][0] - two[clean][0];
  expect('values side by side' + at, line.slice(1, 3),
         [one[clean][1], two[clean][1]]);
  expect('their difference' + at,
         Math.abs(Number(line[3].replace('−', '-')) - by) < 0.051, true);
  frame.contentWindow.location.hash = '#cell=' + two[index][1];
  await until(() => titlesOf(frame).length === 1);
  expect('another address' + at, titlesOf(frame), [title(two)]);
  const other = dialogOf(frame).querySelector('.compare input');
  other.value = 'nothing';
  dialogOf(frame).querySelector('.compare button').click();
  expect('what is no cell is said' + at, dialogOf(frame).querySelector(
      '.problem').textContent.includes('“nothing” is no cell'), true);
  other.value = architecture(one[code][1]);
  dialogOf(frame).querySelector('.compare button').click();
  await until(() => titlesOf(frame).length === 2);
  expect('compared from the dialog' + at, titlesOf(frame),
         [title(two), title(one)]);
  frame.remove();

  for (const [hash, wanted] of [
    ['#cell=' + one[index][1], [title(one)]],
    ['#cell=' + one[code][1], [title(one)]],
    ['#cell=' + encodeURIComponent(architecture(one[code][1])), [title(one)]],
    [`#cell=${two[index][1]},${one[index][1]}`, [title(two), title(one)]],
  ]) {
    frame = await openFrame(hash, width, height);
    expect(hash + ' when it is opened' + at,
           [dialogOf(frame).open, titlesOf(frame)], [true, wanted]);
    frame.remove();
  }
  // No path in it, as in 333000: of its class.
  const dead = all.find((row) => row[code][1] === '333000');
  if (dead) {
    frame = await openFrame('#cell=222000', width, height);
    expect('another cell of a class' + at, [titlesOf(frame),
           dialogOf(frame).textContent.includes(
               `Of the class of cell ${dead[index][1]} (333000)`)],
           [['Cell 222000'], true]);
    frame.remove();
  }
  for (const name of ['99999', '<img src=x onerror=alert(1)>', '%', '']) {
    frame = await openFrame('#cell=' + name, width, height);
    expect('no cell: ' + name + at,
           [dialogOf(frame).querySelector('#cell-title').textContent,
            dialogOf(frame).querySelectorAll('img').length], ['No cell', 0]);
    frame.remove();
  }
};

// Relative luminance of a colour, after WCAG 2.
const luminance = (colour) => {
  const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((value) => {
    const share = Number(value) / 255;
    return share <= 0.04045 ? share / 12.92
                            : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

// For keyboards and readers of screens.
const testAccess = (frame) => {
  const page = frame.contentDocument, view = frame.contentWindow;
  const at = ' at ' + frame.clientWidth;
  const all = (what) => [...page.querySelectorAll(what)];
  expect('tables without caption' + at,
         all('table').filter((table) => !table.caption ||
             !table.caption.textContent.trim()).length, 0);
  expect('heads without scope' + at,
         all('th').filter((head) => !head.scope).length, 0);
  expect('sortable heads that do not say so' + at,
         all('table.sortable thead th').filter(
             (head) => !head.hasAttribute('aria-sort') ||
                 head.firstElementChild.tagName !== 'BUTTON').length, 0);
  expect('controls without a name' + at,
         all('input, button, summary, a[href]').filter((element) =>
             !element.textContent.trim() && !(element.labels &&
                 [...element.labels].some((label) =>
                     label.textContent.trim()))).length, 0);
  expect('boxes that scroll without a name' + at,
         all('[tabindex="0"]').filter((box) =>
             box.getAttribute('role') !== 'region' ||
             !box.getAttribute('aria-label')).length, 0);
  expect('drawings without a title' + at,
         all('figure svg').filter((svg) => svg.getAttribute('role') !== 'img' ||
             !svg.querySelector('title')).length, 0);
  const ids = all('[id]').map((element) => element.id);
  expect('ids twice' + at, ids.filter((id, i) => ids.indexOf(id) !== i), []);
  const levels = all('h1, h2, h3, h4').map((head) => Number(head.tagName[1]));
  expect('levels of headings left out' + at,
         levels.filter((level, i) => i > 0 && level > levels[i - 1] + 1), []);
  const skip = all('a[href], button, input, [tabindex="0"]')[0];
  expect('the first stop of the keyboard skips' + at,
         [skip.className, !!page.querySelector(skip.getAttribute('href'))],
         ['skip', true]);
  for (const element of [skip, page.querySelector('.look button'),
                         page.querySelector('table.sortable th button')]) {
    element.focus();
    const style = view.getComputedStyle(element);
    expect('focus is seen on ' + element.textContent + at,
           [style.outlineStyle, parseFloat(style.outlineWidth) >= 2],
           ['solid', true]);
  }
  const box = skip.getBoundingClientRect();
  skip.focus();
  expect('the skip link is seen when it is there' + at,
         skip.getBoundingClientRect().left >= 0 && box.left < 0, true);
  skip.blur();
  const pale = new Set();
  for (const element of all('body *:not(svg *):not(script):not(style)')) {
    const text = [...element.childNodes].some(
        (node) => node.nodeType === 3 && node.nodeValue.trim());
    if (!text || !element.checkVisibility()) continue;
    let behind = element;
    const background = () => view.getComputedStyle(behind).backgroundColor;
    while (behind.parentElement && / 0\)$/.test(background())) {
      behind = behind.parentElement;
    }
    const [dark, light] = [
      luminance(view.getComputedStyle(element).color),
      luminance(/ 0\)$/.test(background()) ? 'rgb(255, 255, 255)'
                                           : background())]
        .sort((a, b) => a - b);
    if ((light + 0.05) / (dark + 0.05) < 4.5 && !element.disabled) {
      pale.add(element.tagName + '.' + element.className);
    }
  }
  expect('text of too little contrast' + at, [...pale], []);
};

const testPage = async (frame) => {
  const page = frame.contentDocument, width = frame.clientWidth;
  const scroll = (state) => expect(
      'no horizontal scroll at ' + width + state,
      page.documentElement.scrollWidth <= width, true);
  scroll('');
  const answer = page.getElementById('answer').getBoundingClientRect();
  expect('the answer is on the first screen at ' + width,
         [answer.height > 100, answer.bottom <= frame.clientHeight],
         [true, true]);
  expect('the answer fits at ' + width,
         [...page.querySelectorAll('#answer .scroll')].every(
             (box) => box.scrollWidth <= box.clientWidth), true);
  const best = page.querySelector('table.answer tbody tr');
  const results = page.querySelector('table[data-cells]');
  expect('it names the first cell of the ranking at ' + width,
         best.cells[1].textContent,
         data(page, results)[0][columnOf(results, 'code')][1]);
  expect('data sets have their names at ' + width,
         [best.cells[0].textContent, results.dataset.cells,
          page.title.includes('fashion_mnist')],
         ['Fashion-MNIST', 'Fashion-MNIST', false]);
  testAccess(frame);
  for (const details of page.querySelectorAll('details')) details.open = true;
  scroll(' with all unfolded');
  for (const table of page.querySelectorAll('table.sortable')) {
    if (columnOf(table, 'index') < 0 || columnOf(table, 'code') < 0) continue;
    await testTable(frame, table);
    if (table.tBodies[0].querySelector('.code')) await testCell(frame, table);
  }
  scroll(' in the end');
  // Sentences with commas and quotes come back from CSV.
  const verdicts = page.getElementById('claim-verdicts-table');
  expect('text in CSV at ' + width, await download(frame, verdicts),
         [[...verdicts.tHead.rows[0].cells].map((head) => head.textContent),
          ...shown(verdicts).map(texts)]);
  // The records of a cell that has one of the last rows.
  const rows = data(page, results), last = rows[rows.length - 1];
  const blocks = page.querySelector('input[data-blocks]');
  blocks.value = '(' + last[columnOf(results, 'code')][1] + ')';
  blocks.dispatchEvent(new frame.contentWindow.Event('input'));
  expect('records filtered at ' + width,
         [...page.querySelectorAll('#runs > details > summary')].map(
             (summary) => summary.textContent.includes(
                 last[columnOf(results, 'code')][1])), [true]);
  blocks.value = '';
  blocks.dispatchEvent(new frame.contentWindow.Event('input'));
  expect('records unfiltered at ' + width,
         page.querySelectorAll('#runs > details').length,
         rows.length > 400 ? 20 : rows.length);
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
             .filter((id) => !/^cell=\d+$/.test(id) &&
                             !page.getElementById(id)), []);
  expect('figures at ' + width,
         page.querySelectorAll('figure svg').length >= 5, true);
  // On paper.
  for (const details of page.querySelectorAll('details')) details.open = false;
  const folded = () => page.querySelectorAll(
      '.table > details:not([open])').length;
  const before = folded();
  frame.contentWindow.dispatchEvent(new Event('beforeprint'));
  expect('paper shows what is folded at ' + width, [before > 0, folded()],
         [true, 0]);
  frame.contentWindow.dispatchEvent(new Event('afterprint'));
  expect('and the screen does not at ' + width, folded(), before);
};

addEventListener('load', async () => {
  try {
    for (const [width, height] of [[360, 640], [800, 900], [1440, 900]]) {
      const frame = await openFrame('', width, height);
      await testPage(frame);
      frame.remove();
      await testAddresses(width, height);
    }
  } catch (error) {
    lines.push('FAILED: ' + error + ' ' + error.stack);
  }
  const result = document.createElement('pre');
  result.textContent = '\n' + lines.join('\n') + '\nend of the test\n';
  document.body.replaceChildren(result);
});

#include "analysis/report/tables/noise_tables.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

ReportCell Text(std::string text) { return {.text = std::move(text)}; }

ReportCell Count(double value) { return {Grouped(value), value, ""}; }

// Returns the cell for a share as percent, or for an accuracy's scatter in
// points.
ReportCell Hundredths(bool present, double value, int digits) {
  if (!present) return Text("–");
  return {absl::StrFormat("%.*f", digits, 100 * value), 100 * value, ""};
}

std::string CellText(const CellKey& cell) {
  return absl::StrCat(cell.index(), " (", cell.code(), ")");
}

ReportTable TwinScatterTable(const Statistics& statistics,
                             const std::string& dataset) {
  ReportTable out;
  out.name = "twins-" + AnchorName(dataset);
  out.title = "Noise of training by kind of cell: " + DatasetLabel(dataset);
  out.note =
      "Rows of the published table that are the same network. Steady cells "
      "pass "
      "a BatchNorm of the image, or have one path without; doubling ones add "
      "two "
      "paths of skip_connect or avg_pool_3x3, multiplying ones three or four. "
      "One seed: its scatter where no seed failed, and failed seeds: their "
      "share, from a mixture of pairs with and without a failed seed; none "
      "where "
      "the two are not told apart. Of steady cells the broad part is thin and "
      "narrow: tails, rather than trainings that failed.";
  out.columns = {{"metric", "", false},
                 {"kind", "", false},
                 {"groups", "of the same network", true},
                 {"rows", "in them", true},
                 {"pooled", "standard deviation of a row, points", true},
                 {"one seed", "without failed seeds, points", true},
                 {"broad", "of a row, in the other pairs, points", true},
                 {"broad pairs", "percent", true},
                 {"failed seeds", "percent", true}};
  for (const TwinScatter& twin : statistics.twin_scatters()) {
    if (twin.column().dataset() != dataset) continue;
    const bool told = twin.has_one_seed();
    out.rows.push_back({Text(twin.column().metric()),
                        Text(KindName(twin.kind())), Count(twin.groups()),
                        Count(twin.cells()),
                        Hundredths(true, twin.pooled_standard_deviation(), 3),
                        Hundredths(told, twin.one_seed(), 3),
                        Hundredths(told, twin.broad_standard_deviation(), 3),
                        Hundredths(told, twin.broad_share(), 1),
                        Hundredths(told, twin.failed_share(), 1)});
  }
  return out;
}

ReportTable StreamTable(const Statistics& statistics,
                        const std::string& dataset) {
  ReportTable out;
  out.name = "streams-" + AnchorName(dataset);
  out.title = "Noise of training by random stream: " + DatasetLabel(dataset);
  out.note =
      "The authors seed every generator with the seed of a run. Steady twins "
      "that have the same list of convolutions can so share initial weights, "
      "order of images and attack starts; twins with another list cannot. "
      "Standard deviation of a row, in points, with its 95% interval.";
  out.columns = {{"metric", "", false},
                 {"pairs, shared", "same list of convolutions", true},
                 {"shared", "points", true},
                 {"from", "points", true},
                 {"to", "points", true},
                 {"pairs, independent", "other list", true},
                 {"independent", "points", true},
                 {"from", "points", true},
                 {"to", "points", true}};
  for (const StreamNoise& noise : statistics.stream_noises()) {
    if (noise.column().dataset() != dataset) continue;
    std::vector<ReportCell> row = {Text(noise.column().metric())};
    for (const StreamNoise::Floor* floor :
         {&noise.shared(), &noise.independent()}) {
      row.push_back(Count(floor->pairs()));
      row.push_back(Hundredths(true, floor->standard_deviation(), 3));
      row.push_back(Hundredths(true, floor->low(), 3));
      row.push_back(Hundredths(true, floor->high(), 3));
    }
    out.rows.push_back(std::move(row));
  }
  return out;
}

ReportTable SuspectTable(const Statistics& statistics,
                         const std::string& dataset) {
  ReportTable out;
  out.name = "suspect-rows-" + AnchorName(dataset);
  out.title =
      "Rows that are likely to hold a failed seed: " + DatasetLabel(dataset);
  out.note =
      "Each lies so far below the highest row of the same network that the "
      "pair "
      "belongs to the broad part of its kind's mixture with the probability "
      "shown. AutoAttack is of one seed, the others are means of three: a row "
      "may be suspect in one and not in the other, as it is of other trainings "
      "or of one of three.";
  out.filter = true;
  out.folded = true;
  out.columns = {{"metric", "", false},
                 {"kind", "", false},
                 {"cell", "index (operations on the six edges)", false},
                 {"value", "percent", true},
                 {"highest twin", "index (operations)", false},
                 {"its value", "percent", true},
                 {"probability", "of the broad part", true}};
  for (const SuspectRow& row : statistics.suspect_rows()) {
    if (row.column().dataset() != dataset) continue;
    out.rows.push_back(
        {Text(row.column().metric()),
         Text(KindName(row.kind())),
         Text(CellText(row.cell())),
         Hundredths(true, row.value(), 2),
         Text(CellText(row.twin())),
         Hundredths(true, row.twin_value(), 2),
         {absl::StrFormat("%.3f", row.probability()), row.probability(), ""}});
  }
  return out;
}

}  // namespace

std::vector<ReportTable> NoiseTables(const Statistics& statistics,
                                     const std::string& dataset) {
  std::vector<ReportTable> tables;
  for (ReportTable& table :
       std::vector<ReportTable>{TwinScatterTable(statistics, dataset),
                                StreamTable(statistics, dataset),
                                SuspectTable(statistics, dataset)}) {
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace robbench

#include "analysis/figures/studies/reproduction_figure.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/collect/training_course.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr char kName[] = "training_loss";
constexpr int kHeight = 380;

}  // namespace

absl::StatusOr<Figure> MakeTrainingLossFigure(
    const std::vector<TrainRecord>& trainings, uint32_t classes,
    const FigureStyle& style) {
  if (trainings.empty()) {
    return absl::FailedPreconditionError("there is no training to draw");
  }
  // The runs are sorted by cell, then by seed.
  std::map<std::pair<uint32_t, uint32_t>, const TrainRecord*> sorted;
  std::map<uint32_t, int> colours;
  double last_epoch = 1, low = std::log(classes);
  for (const TrainRecord& training : trainings) {
    if (training.epochs().empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("training of cell ", training.cell().index(), ", seed ",
                       training.seed(), ": no epochs"));
    }
    sorted[{training.cell().index(), training.seed()}] = &training;
    colours.try_emplace(training.cell().index(), 0);
    last_epoch = std::max<double>(last_epoch, training.epochs_size());
    for (const EpochRecord& epoch : training.epochs()) {
      low = std::min(low, epoch.loss());
    }
  }
  int next = 0;
  for (auto& [cell, colour] : colours) {
    colour = next++ % style.series_colours_size();
  }
  GnuplotData data;
  std::string plots, marks;
  // How many seeds of each cell there were so far; it gives a line its dashes.
  std::map<uint32_t, int> seeds;
  for (const auto& [key, training] : sorted) {
    std::vector<double> losses;
    for (const EpochRecord& epoch : training->epochs()) {
      losses.push_back(epoch.loss());
    }
    const TrainingCourse course = ReadCourse(losses, classes);
    const std::string name =
        absl::StrCat("cell ", key.first, " (", training->cell().code(),
                     "), seed ", key.second);
    const std::string& colour = style.series_colours(colours[key.first]);
    const int block = data.Block(name + ": epoch, loss");
    for (size_t i = 0; i < losses.size(); ++i) {
      data.Row(static_cast<int>(i + 1), losses[i]);
    }
    absl::StrAppend(&plots, ", \\\n  data index ", block,
                    " using 1:2 with lines lw 1.4 dt ", ++seeds[key.first],
                    " lc rgb '", colour, "' title ", GnuplotQuoted(name));
    const auto mark = [&](uint32_t epoch, const char* what, int point) {
      const int place = data.Block(absl::StrCat(name, ": ", what));
      data.Row(static_cast<int>(epoch), losses[epoch - 1]);
      absl::StrAppend(&marks, ", \\\n  data index ", place,
                      " using 1:2 with points pt ", point,
                      " ps 1.1 lw 1.5 lc rgb '", colour, "' notitle");
    };
    if (course.escape_epoch) mark(*course.escape_epoch, "escape", 7);
    for (const uint32_t epoch : course.collapses) mark(epoch, "collapse", 2);
  }
  const double guess = std::log(classes), plateau = kPlateauShare * guess;
  const std::string line = absl::StrCat(" with lines lw 1 dt 3 lc rgb '",
                                        style.text_colour(), "' title ");
  std::string script = GnuplotHead(kName, style, style.width(), kHeight);
  absl::StrAppend(
      &script, "set xrange [0:", last_epoch + 1, "]\nset yrange [",
      absl::StrFormat("%.2f", low - 0.1), ":",
      absl::StrFormat("%.2f", guess + 0.1),
      "]\nset xlabel 'epoch' textcolor rgb '", style.text_colour(),
      "'\nset ylabel 'loss on adversarial training images' textcolor rgb '",
      style.text_colour(), "'\nset key bottom left textcolor rgb '",
      style.text_colour(), "'\nplot ", absl::StrFormat("%.6f", plateau), line,
      GnuplotQuoted("plateau above this line"), plots, marks, "\n");
  return Figure{
      kName, "Loss by epoch of the cells trained here",
      absl::StrCat(
          "Every training by the paper's recipe in full. The dotted line is ",
          kPlateauShare, " log(", classes,
          "): above it a network has not begun to learn. Dots: the epoch in "
          "which a training leaves that plateau; crosses: one in which it "
          "falls back."),
      script, data.text()};
}

}  // namespace robbench

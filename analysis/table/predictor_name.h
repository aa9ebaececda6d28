// Names of predictors: scores of a cell before any training (ntk/proxies), its
// accuracies after a short one (training/specs/short), and counts of the cell
// (nas/cell_counts.h). In records and in files of scores a
// predictor has a score and, where it needs images, "clean" or an attack's
// name; in a benchmark table it is one metric:
//
//   score        images   metric               in figures and tables
//   snip         pgd_8    proxy_snip_pgd_8     SNIP, PGD 8/255 images
//   naswot       clean    proxy_naswot_clean   NASWOT, clean images
//   synflow      (none)   proxy_synflow        SynFlow
//   count_none   (none)   proxy_count_none     count none
//   short_3000   pgd_8    proxy_short_3000_pgd_8
//                                     1/3000 of a training, PGD 8/255
//
// A short training's "images" are the attack under which its accuracy is.
// Here alone stands which of them should be low. Each was stated before any
// score was computed.
#ifndef ANALYSIS_TABLE_PREDICTOR_NAME_H_
#define ANALYSIS_TABLE_PREDICTOR_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// The metric of every predictor begins so.
inline constexpr absl::string_view kPredictorPrefix = "proxy_";

// The names of all counts of a record: parameters and multiply_adds, then those
// of nas/cell_counts.h.
std::vector<std::string> CountNames();

// The names of all scores that ntk/proxies can compute, those of
// ProxySpec.Score in lower case.
std::vector<std::string> ScoreNames();

// Whether it is a count of a cell, which is of no weights and no images.
bool IsCount(absl::string_view score);

// The names of all short trainings (training/specs/short).
std::vector<std::string> TrainingNames();

// Whether it is the accuracy after a short training.
bool IsTraining(absl::string_view score);

// Whether a column of scores may have this name: one of the three lists above.
bool IsScoreName(absl::string_view score);

// Whether a low value is expected to go with a high accuracy. All others are
// expected to rise with it. True of edges without parameters (none, skips,
// pooling), of the norm of the input's gradient, and of how much that turns in
// the ball.
bool IsLowestFirst(absl::string_view score);

// Returns the metric of a predictor; `images` is empty for what needs none.
std::string PredictorMetric(absl::string_view score, absl::string_view images);

// Sets kind, score, score_images and lowest_first of a column from its metric's
// name without "proxy_", as "snip_pgd_8". Returns false, with the column as it
// was, for a name that is not of this form, and for parameters and
// multiply_adds, which are costs in a table.
bool SetPredictor(absl::string_view name, Column& column);

// Returns a score in words: "SNIP" for "snip".
std::string PredictorScoreLabel(absl::string_view score);

// Returns the images of a score in words: "PGD 8/255" for "pgd_8".
std::string PredictorImagesLabel(absl::string_view images);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_PREDICTOR_NAME_H_

#include "analysis/figures/studies/theory_figure.h"

#include <string>

#include "analysis/figures/figure_style.pb.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/report/tables/theory_tables.h"
#include "analysis/studies/theory/theory_check.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/text_proto.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kWidthStudy[] = R"pb(
  provenance { schema_version: 1 producer: "a" numeric_profile: "portable" }
  dataset: "fashion_mnist"
  spec {
    widths { width: 64 repeats: 2 }
    widths { width: 256 repeats: 1 }
    images: 16
  }
  networks {
    name: "ReLU, L = 2"
    errors { width: 64 seed: 0 relative_error: 0.5 }
    errors { width: 64 seed: 1 relative_error: 0.125 }
    errors { width: 256 seed: 2 relative_error: 0.0625 }
    slope: -0.504
    slope_low: -0.55
    slope_high: -0.46
    inverse_square_root: true
    min_eigenvalue: 0.08
    min_eigenvalue_bound: 0.0697
  }
)pb";

// The clean errors are 1/8 and 3/8 (mean 1/4) by the one b, and 1/2 twice by
// the other.
constexpr char kBoundStudy[] = R"pb(
  provenance { schema_version: 1 producer: "a" numeric_profile: "portable" }
  dataset: "fashion_mnist"
  spec {
    width: 128
    negative_class: 0
    positive_class: 6
    train_images: 400
    test_images: 1000
    weights: 0
    weights: 0.5
    repeats: 2
    delta: 0.05
    training {
      learning_rate: 1
      epochs: 1
      batch_size: 1
      attack { norm: LINF epsilon: 1 step_size: 1 steps: 1 random_start: false }
    }
  }
  networks {
    name: "net"
    runs {
      seed: 0
      b: 0
      clean_error: 0.125
      robust_error: 0.75
      training_clean_error: 0
      training_robust_error: 0
      clean_complexity: 1
      robust_complexity: 1
      clean_bound: 1.25
      robust_bound: 1.5
      clean_min_eigenvalue: 1
      robust_min_eigenvalue: 1
      shuffled_clean_bound: 2.5
      shuffled_robust_bound: 2
    }
    clean_holds: 4
    robust_holds: 3
    clean_agreement { mean: -0.75 low: -1.25 high: -0.25 }
    clean_order: "reverses"
    robust_order: "undecided"
  }
)pb";

WidthStudyRecord MakeWidthStudy() {
  WidthStudyRecord record;
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString(kWidthStudy, &record));
  return record;
}

BoundStudyRecord MakeBoundStudy() {
  BoundStudyRecord record;
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString(kBoundStudy, &record));
  BoundStudyNetwork& network = *record.mutable_networks(0);
  for (int i = 1; i < 4; ++i) *network.add_runs() = network.runs(0);
  network.mutable_runs(1)->set_clean_error(0.375);
  network.mutable_runs(1)->set_clean_bound(2.25);
  for (int i = 2; i < 4; ++i) {
    network.mutable_runs(i)->set_b(0.5);
    network.mutable_runs(i)->set_clean_error(0.5);
  }
  return record;
}

FigureStyle Style() {
  return ReadTextProto<FigureStyle>("analysis/specs/figure_style.textproto")
      ->message;
}

TEST(TheoryFigureTest, FiguresHoldTheirNumbers) {
  const auto figures =
      MakeTheoryFigures(MakeWidthStudy(), MakeBoundStudy(), Style());
  ASSERT_EQ(figures.size(), 2);
  EXPECT_EQ(figures[0].name, "width_study");
  EXPECT_EQ(figures[0].data,
            "# 0: ReLU, L = 2: width, relative error\n"
            "64 0.5\n64 0.125\n256 0.0625\n\n\n"
            "# 1: ReLU, L = 2: width, geometric mean\n"
            "64 0.25\n256 0.0625\n");
  EXPECT_THAT(
      figures[0].script,
      AllOf(HasSubstr("ReLU, L = 2: slope −0.50 [−0.55, −0.46]"),
            HasSubstr("set logscale y"), HasSubstr("0.4 * sqrt(64.0 / x)")));
  EXPECT_THAT(figures[0].caption, HasSubstr("16 images of Fashion-MNIST"));
  EXPECT_EQ(figures[1].name, "bound_study");
  EXPECT_THAT(
      figures[1].data,
      AllOf(HasSubstr("net, clean, measured: b, mean, smallest, largest\n"
                      "0 0.25 0.125 0.375\n0.5 0.5 0.5 0.5\n"),
            HasSubstr("net, clean, bound: b, mean, smallest, largest\n"
                      "0 1.75 1.25 2.25\n0.5 1.25 1.25 1.25\n"),
            HasSubstr("net, clean, bound, labels shuffled: b, mean, smallest, "
                      "largest\n0 2.5 2.5 2.5\n0.5 2.5 2.5 2.5\n"),
            HasSubstr("net, robust, measured: b, mean, smallest, largest\n"
                      "0 0.75 0.75 0.75\n")));
  EXPECT_THAT(
      figures[1].caption,
      HasSubstr("net: the bound is above the error in 4 of 4 runs (clean) and "
                "3 of 4 (robust). Over b it reverses (Kendall's τ-b −0.75 "
                "[−1.00, −0.25]) the clean errors and neither orders nor "
                "reverses (one side is constant) the robust ones."));
}

TEST(TheoryFigureTest, TablesHoldTheirNumbers) {
  const ReportTable width = WidthStudyTable(MakeWidthStudy());
  ASSERT_EQ(width.rows.size(), 1);
  ASSERT_EQ(width.rows[0].size(), width.columns.size());
  EXPECT_EQ(width.rows[0][1].text, "−0.504");
  EXPECT_EQ(width.rows[0][1].number, -0.504);
  EXPECT_EQ(width.rows[0][4].text, "yes");
  const ReportTable bounds = BoundStudyTable(MakeBoundStudy());
  ASSERT_EQ(bounds.rows.size(), 2);
  ASSERT_EQ(bounds.rows[0].size(), bounds.columns.size());
  EXPECT_EQ(bounds.rows[0][2].text, "25.0 (12.5–37.5)");
  EXPECT_EQ(bounds.rows[0][2].number, 25);
  EXPECT_EQ(bounds.rows[0][3].text, "1.75 (1.25–2.25)");
  EXPECT_EQ(bounds.rows[1][1].text, "0.5");
  EXPECT_EQ(bounds.rows[1][6].text, "2.50 (2.50–2.50)");
  EXPECT_EQ(bounds.rows[1][7].text, "2.00 (2.00–2.00)");
}

TEST(TheoryFigureTest, RecordsThatCannotBeDrawn) {
  EXPECT_TRUE(CheckWidthStudy("w", MakeWidthStudy()).ok());
  EXPECT_TRUE(CheckBoundStudy("b", MakeBoundStudy()).ok());
  WidthStudyRecord width = MakeWidthStudy();
  width.mutable_networks(0)->mutable_errors(1)->set_relative_error(0);
  EXPECT_EQ(CheckWidthStudy("w", width).message(),
            "w: field networks.errors.relative_error: expected a number above "
            "0, found 0");
  width.mutable_networks(0)->clear_errors();
  EXPECT_EQ(CheckWidthStudy("w", width).message(),
            "w: field networks.errors: expected at least 1, found none");
  width.clear_networks();
  EXPECT_THAT(std::string(CheckWidthStudy("w", width).message()),
              HasSubstr("w: field networks"));
  BoundStudyRecord bound = MakeBoundStudy();
  bound.mutable_networks(0)->mutable_runs(3)->set_b(0.75);
  EXPECT_EQ(CheckBoundStudy("b", bound).message(),
            "b: field networks.runs[3].b: expected 0.5, found 0.75");
  bound.mutable_networks(0)->mutable_runs()->RemoveLast();
  EXPECT_EQ(CheckBoundStudy("b", bound).message(),
            "b: field networks.runs: expected 4, one a b and seed, found 3");
}

}  // namespace
}  // namespace robbench

#include "analysis/figures/studies/predictor_figure.h"

#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/text_proto.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Parameters have a coefficient of 0.5 at no cost, SNIP 0.25 at a thousand
// multiply-adds, ZiCo 0.75 at ten thousand and a combination 0.875 at twenty
// thousand. One score has no cost.
constexpr char kStudy[] = R"pb(
  spec {
    metrics: "clean"
    metrics: "pgd_8"
    sizes: 1
    sizes: 10
    main_metric: "pgd_8"
  }
  cells: 210
  noises {
    metric { dataset: "cifar10" metric: "pgd_8" }
    spearman { value: 0.96875 }
    resolution: 0.00375
    cuts { size: 1 precision: 1 regret: 0.001 }
  }
  random { metric { dataset: "cifar10" metric: "clean" } }
  random {
    metric { dataset: "cifar10" metric: "pgd_8" }
    cuts { size: 1 precision: 0.1 regret: 0.125 }
    cuts { size: 10 precision: 0.1 regret: 0.0625 }
  }
  predictors {
    kind: COUNT
    name: "parameters"
    cost { passes: 0 multiply_adds: 0 }
    results {}
    results {
      spearman {
        value: 0.5
        interval { low: 0.375 high: 0.625 }
      }
      cuts { size: 1 precision: 0 regret: 0.03125 }
    }
  }
  predictors {
    kind: SCORE
    name: "snip"
    images: "clean"
    cost { passes: 3 multiply_adds: 1e3 }
    results {}
    results {
      spearman {
        value: 0.25
        interval { low: 0.125 high: 0.375 }
      }
    }
  }
  predictors {
    kind: SCORE
    name: "zico"
    images: "pgd_8"
    cost { passes: 3 multiply_adds: 1e4 }
    results {}
    results {
      spearman {
        value: 0.75
        interval { low: 0.6875 high: 0.8125 }
      }
      cuts { size: 1 precision: 0 regret: 0.015625 }
    }
  }
  predictors {
    kind: SCORE
    name: "croze"
    results {}
    results {
      spearman {
        value: 0.9375
        interval { low: 0.9 high: 0.95 }
      }
    }
  }
  predictors {
    kind: COMBINATION
    name: "cheap"
    cost { passes: 6 multiply_adds: 2e4 }
    results {}
    results {
      spearman {
        value: 0.875
        interval { low: 0.8125 high: 0.9375 }
      }
      cuts { size: 1 precision: 1 regret: 0 }
    }
  }
  between: [ 0.5, 0.125, -0.75, 1, 0.25, 0.375 ]
)pb";

class PredictorFigureTest : public ::testing::Test {
 protected:
  PredictorFigureTest() {
    google::protobuf::TextFormat::Parser parser;
    parser.AllowPartialMessage(true);
    EXPECT_TRUE(parser.ParseFromString(kStudy, &study_));
    auto style =
        ReadTextProto<FigureStyle>("analysis/specs/figure_style.textproto");
    EXPECT_TRUE(style.ok()) << style.status();
    style_ = style->message;
  }
  PredictorStudy study_;
  FigureStyle style_;
};

TEST_F(PredictorFigureTest, TheFrontHasTheHighestAtEachCost) {
  EXPECT_THAT(PredictorFront(study_, 1), ElementsAre(0, 2));
  EXPECT_THAT(PredictorFront(study_, 0), ElementsAre());
}

TEST_F(PredictorFigureTest, ShowNumbersOfTheStudy) {
  const auto figures = MakePredictorFigures(study_, style_);
  ASSERT_TRUE(figures.ok()) << figures.status();
  ASSERT_EQ(figures->size(), 3);
  const Figure& cost = (*figures)[0];
  EXPECT_EQ(cost.name, "predictor_cost");
  // What costs nothing stands a decade before the cheapest.
  EXPECT_THAT(cost.data,
              AllOf(HasSubstr("2 0.5 0.375 0.625 \"parameters\"\n"),
                    HasSubstr("3 0.25 0.125 0.375 \"SNIP\"\n"),
                    HasSubstr("4 0.75 0.6875 0.8125 \"ZiCo, PGD 8/255\"\n"),
                    HasSubstr("\"combination: cheap\"\n"),
                    HasSubstr("2 0.5\n4 0.75\n")));
  EXPECT_THAT(cost.data, Not(HasSubstr("CRoZe")));  // it has no cost
  EXPECT_THAT(cost.script,
              AllOf(HasSubstr("0.96875 with lines"), HasSubstr("\"nothing\" 2"),
                    HasSubstr("\"CIFAR-10, pgd_8\"")));
  EXPECT_THAT(cost.caption, AllOf(HasSubstr("210 cells"), HasSubstr("pgd_8")));
  const Figure& regret = (*figures)[1];
  EXPECT_EQ(regret.name, "predictor_regret");
  EXPECT_THAT(regret.data,
              AllOf(HasSubstr("1 12.5 0.1\n10 6.25 0.1\n"),
                    HasSubstr("1 3.125 0\n"), HasSubstr("1 1.5625 0\n"),
                    HasSubstr("1 0 1\n"), HasSubstr("1 0.1 1\n")));
  EXPECT_THAT(regret.script, HasSubstr("0.375 with lines"));
  EXPECT_THAT(regret.data, Not(HasSubstr("SNIP")));  // it is not on the front
  const Figure& matrix = (*figures)[2];
  EXPECT_EQ(matrix.name, "predictor_matrix");
  // Scores stand apart from counts. Each pair is there twice.
  EXPECT_THAT(matrix.data,
              AllOf(HasSubstr("1.3 0 \".50\""), HasSubstr("0 1.3 \".50\""),
                    HasSubstr("2.3 1.3 \"−.75\""), HasSubstr("3.3 2.3 \".38\""),
                    Not(HasSubstr("cheap"))));
}

TEST_F(PredictorFigureTest, EveryScoreIsOnceInTheMatrix) {
  study_.mutable_predictors(2)->set_name("snip");  // of pgd_8, after clean
  const auto figures = MakePredictorFigures(study_, style_);
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_THAT((*figures)[2].script,
              AllOf(HasSubstr("\"SNIP\" 1.3"), HasSubstr("\"CRoZe\" 2.3"),
                    Not(HasSubstr("PGD 8"))));
  // Without clean images it is that of the last ones.
  study_.mutable_predictors(1)->set_images("fgsm_3");
  EXPECT_THAT(
      (*MakePredictorFigures(study_, style_))[2].script,
      AllOf(HasSubstr("\"SNIP, PGD 8/255\" 1.3"), Not(HasSubstr("FGSM 3"))));
}

TEST_F(PredictorFigureTest, NothingToShow) {
  study_.mutable_between()->RemoveLast();
  EXPECT_EQ(MakePredictorFigures(study_, style_).status().message(),
            "the predictor study has 5 coefficients between its 4 predictors, "
            "not 6");
  study_.mutable_spec()->set_main_metric("fgsm_8");
  EXPECT_EQ(MakePredictorFigures(study_, style_).status().message(),
            "the predictor study has no result by its main metric fgsm_8");
  study_.clear_predictors();
  EXPECT_EQ(MakePredictorFigures(study_, style_).status().message(),
            "the predictor study has no predictor");
}

}  // namespace
}  // namespace robbench

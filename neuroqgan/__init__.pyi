from . import errors as errors
from . import plot as plot
from .backends.listing import backend_names as backend_names
from .backends.options import JobOptions as JobOptions
from .backends.options import Placement as Placement
from .covariates import Covariates as Covariates
from .covariates import CovariateWindows as CovariateWindows
from .data.load import load as load
from .data.save import save as save
from .data.split import Split as Split
from .data.split import split as split
from .errors import NeuroqganError as NeuroqganError
from .evaluation.evaluation import Evaluation as Evaluation
from .evaluation.judge import judge as judge
from .models.base import Generator as Generator
from .models.history.generator import HistoryGenerator as HistoryGenerator
from .models.latent.spiqgan import SpiqganGenerator as SpiqganGenerator
from .models.latent.stationary import StationaryGenerator as StationaryGenerator
from .models.loading import load_generator as load_generator
from .models.memory.generator import MemoryGenerator as MemoryGenerator
from .models.presets import preset_names as preset_names
from .models.spec import GeneratorSpec as GeneratorSpec
from .raster import SpikeRaster as SpikeRaster
from .runs.kept_run import Run as Run
from .runs.kept_run import load_run as load_run
from .training.settings import TrainingSettings as TrainingSettings

__version__: str

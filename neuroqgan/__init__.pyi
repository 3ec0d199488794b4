from . import errors as errors
from .backends.local.simulated import AerBackend as AerBackend
from .data.load import load as load
from .data.save import save as save
from .data.split import Split as Split
from .data.split import split as split
from .errors import NeuroqganError as NeuroqganError
from .evaluation.judge import judge as judge
from .models.base import GeneratorSpec as GeneratorSpec
from .models.build import build_trainer as build_trainer
from .models.build import train_generator as train_generator
from .models.latent.adversarial_trainer import Trainer as Trainer
from .models.old_registry import build_generator as build_generator
from .models.weights import load_generator as load_generator
from .models.weights import save_generator as save_generator
from .raster import SpikeRaster as SpikeRaster
from .training.settings import TrainingSettings as TrainingSettings

__version__: str

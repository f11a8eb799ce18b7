"""cxresearch: does employee experience (EX) predict customer scores (CX)?"""

__version__ = "0.1.0"

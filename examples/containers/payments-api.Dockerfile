FROM {{{ imagebuilder:parentImage }}}
USER root
{{{ imagebuilder:environments }}}
{{{ imagebuilder:components }}}
USER app
